using Restante.Core.Sessions;

namespace Restante.Core.Access;

/// <summary>What a peer presents: a user name and a password, where the password is a key or a token.</summary>
/// <param name="UserName">
/// A device id, or <c>policy/NAME</c> for a service. Null when only a token is given: then the token names its owner.
/// </param>
/// <param name="Password">The key in base64, or a <see cref="SharedAccessSignature"/> token.</param>
/// <param name="Source">The remote address, for counting failures; null when there is none.</param>
public readonly record struct AuthenticationAttempt(string? UserName, string Password, string? Source)
{
    /// <summary>True when the same password is tried under the other reading of the name should this fail; only the last one counts as a failure.</summary>
    public bool IsFollowed { get; init; }

    /// <summary>The connection that presents it, for the history of the device.</summary>
    public ConnectionName Connection { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "(credentials)";
}
