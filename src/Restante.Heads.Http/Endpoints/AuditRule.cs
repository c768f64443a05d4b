using Microsoft.AspNetCore.Http;

namespace Restante.Heads.Http.Endpoints;

/// <summary>Whether calls of an endpoint are acts that the audit log notes. Refusals of rights are noted at every endpoint.</summary>
/// <param name="Applies">Whether this call is one.</param>
internal sealed record AuditRule(Func<HttpRequest, bool> Applies)
{
    /// <summary>
    /// It changes what the gateway is, or shows secrets: what every endpoint of services that is not a GET does, unless it says otherwise.
    /// </summary>
    public static AuditRule Act { get; } = new(static _ => true);

    /// <summary>A long act, which is noted at its beginning as well: parts of it are done before the answer begins.</summary>
    public static AuditRule LongAct { get; } = new(static _ => true) { IsAtBeginning = true };

    /// <summary>Ordinary messaging, or reading without secrets.</summary>
    public static AuditRule None { get; } = new(static _ => false);

    /// <summary>True when it is noted before it begins.</summary>
    public bool IsAtBeginning { get; init; }

    /// <summary>
    /// True when it is noted when it is done, before the answer. Else its handler notes it before it shows anything; here only what is
    /// refused is noted.
    /// </summary>
    public bool IsAtEnd { get; init; } = true;
}
