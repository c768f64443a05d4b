using Restante.Core.Access;
using Restante.Core.Refusals;

namespace Restante.Core.Issuing;

/// <summary>Where inquiries to the gateway itself are answered.</summary>
internal interface IGatewayDesk
{
    /// <summary>Does what a device asks for, and says what to answer.</summary>
    /// <param name="device">Who asks.</param>
    /// <param name="subject">One that <see cref="GatewaySubjects.IsKnown"/>.</param>
    /// <param name="body">The body of the question; it may be a secret and must not be kept.</param>
    ValueTask<Result<GatewayAnswer>> AnswerAsync(DevicePrincipal device, string subject, byte[] body);

    /// <summary>How many certificates of a device may be valid at a time.</summary>
    int MaxLive { get; }

    /// <summary>A certificate is issued, and its answer on its way: notes it. A refusal when that cannot be written now.</summary>
    /// <param name="device">Who asked.</param>
    /// <param name="subject">What for.</param>
    /// <param name="issued">The certificate.</param>
    ValueTask<Refusal?> IssuedAsync(DevicePrincipal device, string subject, IssuedCertificate issued);

    /// <summary>
    /// The store has failed while it recorded a certificate with its answer: nobody knows whether it is issued. Notes that.
    /// </summary>
    /// <param name="device">Who asked.</param>
    /// <param name="subject">What for.</param>
    /// <param name="issued">The certificate.</param>
    ValueTask PerhapsIssuedAsync(DevicePrincipal device, string subject, IssuedCertificate issued);
}
