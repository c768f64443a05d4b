using Restante.Core.Access;

namespace Restante.Heads.Http.Admission;

/// <summary>The certificate that a client presented when its connection was made; a feature of the connection. Not judged.</summary>
/// <param name="Certificate">The certificate.</param>
public sealed record CallerCertificate(PeerCertificate Certificate);
