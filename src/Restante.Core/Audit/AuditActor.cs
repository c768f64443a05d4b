using Restante.Core.Access;
using Restante.Core.Sessions;

namespace Restante.Core.Audit;

/// <summary>Who did something, or tried to, and from where.</summary>
public sealed record AuditActor
{
    /// <summary>The <see cref="Kind"/> of devices.</summary>
    internal const string DeviceKind = "device";

    private AuditActor(string kind, bool isProven)
    {
        Kind = kind;
        IsProven = isProven;
    }

    /// <summary>The gateway itself.</summary>
    public static AuditActor Gateway { get; } = new("gateway", isProven: true);

    /// <summary><c>service</c>, <c>device</c>, <c>gateway</c>, <c>local</c> (who has the data directory) or <c>unknown</c>.</summary>
    public string Kind { get; }

    /// <summary>The policy, the device or the local user; null when nobody who exists was named.</summary>
    public string? Name { get; private init; }

    /// <summary>Which credential was used; null when that says nothing.</summary>
    public CredentialSlot? Slot { get; private init; }

    /// <summary>The field gateway that acted for the device; null for none.</summary>
    public string? Through { get; private init; }

    /// <summary>The connection; unknown for what did not come by one.</summary>
    public ConnectionName Connection { get; private init; }

    /// <summary>False when somebody only said to be this one.</summary>
    internal bool IsProven { get; }

    /// <summary>An authenticated principal.</summary>
    public static AuditActor Of(Principal principal, ConnectionName connection) =>
        new(principal is DevicePrincipal ? DeviceKind : "service", isProven: true)
        {
            Name = principal.Name,
            Slot = principal.Slot,
            Through = (principal as DevicePrincipal)?.Through?.Name,
            Connection = connection,
        };

    /// <summary>Somebody with the data directory of the gateway in his hands.</summary>
    /// <param name="user">The user's name on that machine; null or empty where the user has none.</param>
    public static AuditActor Local(string? user) => new("local", isProven: true) { Name = string.IsNullOrEmpty(user) ? null : user };

    /// <summary>Somebody who has not said who it is.</summary>
    public static AuditActor Unknown(ConnectionName connection) => Claimed(null, null, connection);

    /// <summary>Somebody who said to be a device or policy, and did not prove it.</summary>
    /// <param name="isDevice">Whether a device or a policy was named; null when nobody who exists was.</param>
    /// <param name="name">The name of it.</param>
    /// <param name="connection">Where it came from.</param>
    internal static AuditActor Claimed(bool? isDevice, string? name, ConnectionName connection)
    {
        string kind = isDevice switch
        {
            true => DeviceKind,
            false => "service",
            null => "unknown",
        };
        return new AuditActor(kind, isProven: false) { Name = name, Connection = connection };
    }
}
