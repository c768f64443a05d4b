using Restante.Core.Devices;
using Restante.Core.Sessions;
using Restante.Core.Selection;

namespace Restante.Core.Access;

/// <summary>Who is at the other end, as authenticated.</summary>
public abstract class Principal
{
    private protected Principal(string name, CredentialSlot slot, long expiresAtMs)
    {
        Name = name;
        Slot = slot;
        ExpiresAtMs = expiresAtMs;
    }

    /// <summary>
    /// True when its head can slow it down by not reading it, and looks after that itself: see <see cref="Quotas.SendingQuotas"/>.
    /// </summary>
    public bool IsPaced { get; internal set; }

    /// <summary>The device id, or the policy's name.</summary>
    public string Name { get; }

    /// <summary>Which of its credentials it used.</summary>
    public CredentialSlot Slot { get; }

    /// <summary>The connection that it came by, as far as it is known.</summary>
    public ConnectionName Connection { get; internal set; }

    /// <summary>The credential it proved to have; null when the principal was not made by the authenticator.</summary>
    internal Credential? Used { get; init; }

    /// <summary>The authorities that its certificate rests on; null when it used another credential.</summary>
    internal AuthorityProof? Proof { get; init; }

    /// <summary>What its access rests on; of a device that is acted for, that of its gateway.</summary>
    public AccessBasis Basis => (this as DevicePrincipal)?.Through is { } gateway ? gateway.Basis : new(Used, Proof);

    /// <summary>
    /// When its token or certificate ends and with it the connection, in milliseconds since the Unix epoch; <see cref="long.MaxValue"/> for
    /// never.
    /// </summary>
    public long ExpiresAtMs { get; }
}

/// <summary>An authenticated device.</summary>
public sealed class DevicePrincipal(DeviceId id, DeviceNumber number, CredentialSlot slot, long expiresAtMs)
    : Principal(id.Value, slot, expiresAtMs)
{
    /// <summary>The device's id.</summary>
    public DeviceId Id => DeviceId.Parse(Name);

    /// <summary>
    /// What it authenticated with, in words: <c>primary key</c>, <c>token of the secondary key</c>, <c>primary certificate</c>.
    /// </summary>
    public string Authentication
    {
        get
        {
            string slot = Slot == CredentialSlot.Primary ? "primary" : "secondary";
            string own = (Used?.Kind, ExpiresAtMs == long.MaxValue) switch
            {
                (CredentialKind.Thumbprint, _) => $"{slot} certificate",
                (CredentialKind.Authority, _) => $"certificate signed by authority {Proof?.Authority}",
                (_, true) => $"{slot} key",
                _ => $"token of the {slot} key",
            };
            return Through is null ? own : $"{own} of its gateway {Through.Name}";
        }
    }

    /// <summary>The device's generation.</summary>
    public DeviceNumber Number { get; } = number;

    /// <summary>The field gateway that acts for it, and whose credentials were used; null when the device itself does.</summary>
    public DevicePrincipal? Through { get; init; }
}

/// <summary>An authenticated service or operator.</summary>
public sealed class ServicePrincipal(string policy, Rights rights, CredentialSlot slot, long expiresAtMs)
    : Principal(policy, slot, expiresAtMs)
{
    /// <summary>What its policy allows.</summary>
    public Rights Rights { get; } = rights;

    /// <summary>What of the gateway its policy reaches; null for all.</summary>
    public PolicyScope? Scope { get; init; }

    /// <summary>
    /// The address that its token is narrowed to, see <see cref="TokenScope"/>; null for everything that the policy allows.
    /// </summary>
    public string? TokenAddress { get; init; }

    /// <summary>True when its policy has no audience: every device there is can be reached, and those that were removed are seen.</summary>
    public bool ReachesAll => Scope?.Audience is null;

    /// <summary>
    /// True when the policy allows it. A principal that is narrowed may do nothing: it has to be asked <see cref="For"/> the address first.
    /// </summary>
    public bool May(Rights right) => TokenAddress is null && Holds(right);

    /// <summary>True when the policy has the right, wherever its token may be used. Who has a scope administers nothing.</summary>
    public bool Holds(Rights right)
    {
        if (Scope is null)
            return (Rights & Rights.Admin) != 0 || (Rights & right) == right;
        return (right & (Rights.Admin | Rights.AuditRead)) == 0 && (Rights & right) == right;
    }

    /// <summary>
    /// True when the device, as it is now, is in the scope of the policy. What is outside is for the service like no device. The one place
    /// that decides; whatever concerns devices asks it, by <see cref="DeviceScopes"/>.
    /// </summary>
    public bool Reaches(DeviceRecord device) => Scope?.Audience is not AudienceQuery audience || audience.Matches(device);

    /// <summary>True when it may handle the inquiries of a subject, as far as the scope goes.</summary>
    public bool HandlesSubject(string subject) => Scope?.Subjects is not { } subjects || subjects.Contains(subject, StringComparer.Ordinal);

    /// <summary>True when it is shown the telemetry of a channel.</summary>
    /// <param name="channel">The channel; null for telemetry without one.</param>
    public bool SeesChannel(string? channel) =>
        Scope?.Channels is not { } channels || channels.Contains(channel ?? PolicyScope.NoChannel, StringComparer.Ordinal);

    /// <summary>True when it may read in a consumer group, look at it and remove it; see <see cref="PolicyScope.Groups"/>.</summary>
    public bool ReadsGroup(string group) => Scope switch
    {
        null or { Groups: null, Audience: null, Channels: null } => true,
        { Groups: { } groups } => groups.Contains(group, StringComparer.Ordinal),
        _ => false,
    };

    /// <summary>
    /// The principal as it may act at an address: itself when it is not narrowed, one that is not when the address is within what it is
    /// narrowed to, else null.
    /// </summary>
    /// <param name="address">An AMQP address, or the path of a request without <c>/v1/</c>.</param>
    public ServicePrincipal? For(string address)
    {
        if (TokenAddress is null)
            return this;
        return TokenScope.Covers(TokenAddress, address)
            ? new ServicePrincipal(Name, Rights, Slot, ExpiresAtMs)
            {
                Used = Used,
                Proof = Proof,
                IsPaced = IsPaced,
                Scope = Scope,
                Connection = Connection,
            }
            : null;
    }
}
