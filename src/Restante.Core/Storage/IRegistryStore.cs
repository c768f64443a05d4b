using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Selection;

namespace Restante.Core.Storage;

/// <summary>Who may talk to the gateway.</summary>
public interface IRegistryStore
{
    /// <summary>Creates a device; null when the id exists.</summary>
    ValueTask<DeviceRecord?> CreateDeviceAsync(NewDevice device, long nowMs);

    /// <summary>
    /// Creates many devices in one transaction, in their order: a device may be the gateway of those after it. What becomes of one does
    /// not concern the others.
    /// </summary>
    /// <param name="lines">The devices.</param>
    /// <param name="update">Whether a device that is there is made what was said of it; it differs otherwise, or is unchanged.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="reach">The devices that are reached; null for all. One outside differs in any case, and none comes in or goes
    /// out.</param>
    /// <returns>What became of each, in their order.</returns>
    ValueTask<IReadOnlyList<DeviceLineResult>> ImportDevicesAsync(
        IReadOnlyList<DeviceLine> lines, bool update, long nowMs, AudienceQuery? reach = null);

    /// <summary>Finds a device by id; null when there is none.</summary>
    ValueTask<DeviceRecord?> FindDeviceAsync(DeviceId id);

    /// <summary>Lists devices in the ordinal order of their ids, after the given id.</summary>
    /// <param name="after">The id to go on after; null to begin.</param>
    /// <param name="max">How many at the most, 1 to 1,000.</param>
    /// <param name="audience">Leaves out who does not belong to it; null for all. It costs a look at every device up to the last one
    /// found, or at the members of a group that all of the audience belong to when they are few.</param>
    /// <param name="looker">For whom the devices of an audience are looked through.</param>
    /// <returns>Fewer than <paramref name="max"/> only at the end.</returns>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    ValueTask<IReadOnlyList<DeviceRecord>> ListDevicesAsync(
        DeviceId? after, int max, AudienceQuery? audience = null, Looker looker = default);

    /// <summary>
    /// Looks for the devices of an audience in the ordinal order of their ids, up to a bound, so that an audience that hardly anybody
    /// belongs to does not cost a look at every device at once.
    /// </summary>
    /// <param name="after">The id to go on after; null to begin.</param>
    /// <param name="max">How many at the most, 1 to 1,000.</param>
    /// <param name="maxLookedAt">When about so many were looked at it ends, at least 1; a step that was begun is made. Where few belong to
    /// a group that all of the audience belong to, these are looked at without a bound.</param>
    /// <param name="audience">Who is wanted.</param>
    /// <param name="looker">For whom the devices are looked through.</param>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    ValueTask<DeviceSearch> SearchDevicesAsync(
        DeviceId? after, int max, int maxLookedAt, AudienceQuery audience, Looker looker = default);

    /// <summary>How many devices there are.</summary>
    /// <param name="audience">Counts who belongs to it, which costs a look at every device, or at the members of a group that all of the
    /// audience belong to; null for all.</param>
    /// <param name="looker">For whom the devices of an audience are looked through.</param>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    ValueTask<long> CountDevicesAsync(AudienceQuery? audience = null, Looker looker = default);

    /// <summary>The members of the smallest of some groups, in no order.</summary>
    /// <param name="groups">The groups; without any there is no answer.</param>
    /// <param name="max">How many are wanted at the most.</param>
    /// <returns>Null when there are more, or when it would cost a look at every device to know them.</returns>
    ValueTask<IReadOnlyList<DeviceNumber>?> ListMembersAsync(IReadOnlyList<string> groups, int max);

    /// <summary>Changes a device. Null members stay as they are.</summary>
    ValueTask<DeviceUpdateResult> UpdateDeviceAsync(DeviceId id, DeviceUpdate update, long nowMs);

    /// <summary>
    /// Removes a device; devices for which it may act as their gateway have none any more, its waiting messages end with the outcome
    /// <c>device-removed</c>, certificates that were issued to it count as revoked, and its client sessions are dropped, in the same
    /// transaction. Returns what was removed, null when there was none.
    /// </summary>
    ValueTask<RemovedDevice?> RemoveDeviceAsync(DeviceId id, long? ifVersion, long nowMs);

    /// <summary>Creates or replaces a policy.</summary>
    ValueTask PutPolicyAsync(PolicyRecord policy);

    /// <summary>Finds a policy by name; null when there is none.</summary>
    ValueTask<PolicyRecord?> FindPolicyAsync(string name);

    /// <summary>All policies in the ordinal order of their names.</summary>
    ValueTask<IReadOnlyList<PolicyRecord>> ListPoliciesAsync();

    /// <summary>Removes a policy; false when there was none.</summary>
    ValueTask<bool> RemovePolicyAsync(string name);

    /// <summary>
    /// Keeps the state of a client session (an MQTT session) of a device, replacing an older one of the same name. Beyond
    /// <see cref="Sessions.ClientSessions.MaxPerDevice"/> those that were not saved for the longest time are dropped: returns their names.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The session's name (the MQTT client identifier).</param>
    /// <param name="state">Opaque to the store; at most 64 KiB.</param>
    /// <param name="expiresAtMs">When it may be dropped; <see cref="long.MaxValue"/> for never.</param>
    ValueTask<IReadOnlyList<string>> SaveClientSessionAsync(DeviceNumber device, string name, ReadOnlyMemory<byte> state, long expiresAtMs);

    /// <summary>Reads a client session; null when there is none or it has expired.</summary>
    ValueTask<byte[]?> LoadClientSessionAsync(DeviceNumber device, string name, long nowMs);

    /// <summary>Drops a client session, if there is one.</summary>
    ValueTask RemoveClientSessionAsync(DeviceNumber device, string name);
}
