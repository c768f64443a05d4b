using Restante.Core.Sessions;

namespace Restante.Core.Access;

/// <summary>What a peer presents: a user name and a password, where the password is a key or a token; or a certificate.</summary>
/// <param name="UserName">
/// A device id, or <c>policy/NAME</c> for a service. Null when it is not given: then the token or the certificate names its owner.
/// </param>
/// <param name="Password">The key in base64, a <see cref="SharedAccessSignature"/> token, or a claim. Not looked at beside a
/// certificate.</param>
/// <param name="Source">The remote address, for counting failures; null when there is none.</param>
public readonly record struct AuthenticationAttempt(string? UserName, string Password, string? Source)
{
    /// <summary>
    /// True when the same password is tried under the other reading of the name should this fail; only the last one counts as a failure.
    /// </summary>
    public bool IsFollowed { get; init; }

    /// <summary>True when what it sends can be slowed down: <see cref="Principal.IsPaced"/>.</summary>
    public bool IsPaced { get; init; }

    /// <summary>The connection that presents it, for the history of the device.</summary>
    public ConnectionName Connection { get; init; }

    /// <summary>The certificate to authenticate with; null when the password is.</summary>
    public PeerCertificate? Certificate { get; init; }

    /// <summary>
    /// The certificate that came along with a password. It counts beside a claim that brings no key, see
    /// <see cref="Enrolment.ClaimPassword"/>, and for nothing else.
    /// </summary>
    public PeerCertificate? Beside { get; init; }

    /// <summary>An attempt by certificate.</summary>
    /// <param name="userName">Whom the peer says to be; null when only the certificate says so.</param>
    /// <param name="certificate">The certificate.</param>
    /// <param name="connection">The connection.</param>
    public static AuthenticationAttempt By(string? userName, PeerCertificate certificate, ConnectionName connection) =>
        new(userName, "", connection.Peer) { Certificate = certificate, Connection = connection };

    /// <summary>What is found out about it; one for attempts that follow each other.</summary>
    internal AttemptFindings? Findings { get; init; }

    /// <summary>
    /// The same password under the other reading of the name, to be tried when this fails. What is found out of either is noted together.
    /// </summary>
    /// <param name="userName">The other reading.</param>
    public AuthenticationAttempt[] FollowedBy(string userName)
    {
        AuthenticationAttempt first = this with { IsFollowed = true, Findings = new AttemptFindings() };
        return [first, first with { UserName = userName, IsFollowed = false }];
    }

    /// <inheritdoc/>
    public override string ToString() => "(credentials)";
}
