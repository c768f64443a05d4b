using System.Collections.Concurrent;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Quotas;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.States;

/// <summary>
/// The state document of each device: <c>desired</c>, written by services, and <c>reported</c>, written by the device. Each part is a
/// JSON object with a version that counts its changes; a write that changes nothing keeps the version. A patch is a merge-patch [RFC
/// 7396]: members are set, a null removes one. To put a part is to patch an empty one, so a document holds nulls in arrays only.
/// </summary>
/// <remarks>
/// How a device keeps up: its connection listens (<see cref="Listen"/>) and then reads; whenever it is told of a change it reads again. A
/// device that was away reads when it comes back and compares <c>desired</c>'s version with the one it has seen.
/// </remarks>
public sealed class StateDocuments
{
    // Each lost round is another's success, so this many in a row are a storm of writers.
    private const int MaxRounds = 32;

    private readonly ConcurrentDictionary<DeviceNumber, IStateListener[]> _listeners = new();
    private readonly IStateStore _store;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;
    private readonly SendingQuotas _quotas;

    internal StateDocuments(IStateStore store, GatewayLimits limits, TimeProvider time, SendingQuotas quotas)
    {
        _store = store;
        _limits = limits;
        _time = time;
        _quotas = quotas;
    }

    /// <summary>
    /// Reads a document for a service; the caller has checked its right to read the registry. Refusals: not-found, unavailable.
    /// </summary>
    public async ValueTask<Result<StateDocument>> GetAsync(DeviceRecord device)
    {
        Result<StoredState?> read = await ReadAsync(device.Number);
        return !read.IsSuccess && read.Refusal is Refusal refusal ? refusal
            : read.Value is StoredState state ? new StateDocument(state.Desired, state.Reported, device.Tags)
            : Refusal.DeviceNotFound(device.Id.Value);
    }

    /// <summary>
    /// Reads a document for the device itself, which asks for it: its quota counts a message, and the bytes of both parts. Refusals:
    /// unauthorized (the device is gone), throttled, unavailable.
    /// </summary>
    public async ValueTask<Result<StateDocument>> GetAsync(DevicePrincipal device)
    {
        if (_quotas.Take(device, 1, 0) is Refusal refusal)
            return refusal;
        Result<StateDocument> read = await GetNewsAsync(device);
        if (read.IsSuccess)
            _quotas.TakeSent(device, read.Value.Desired.Json.Length + read.Value.Reported.Json.Length);
        return read;
    }

    /// <summary>Reads a document to tell a device of what has changed; otherwise as <see cref="GetAsync(DevicePrincipal)"/>.</summary>
    public async ValueTask<Result<StateDocument>> GetNewsAsync(DevicePrincipal device)
    {
        Result<StoredState?> read = await ReadAsync(device.Number);
        return !read.IsSuccess && read.Refusal is Refusal refusal ? refusal
            : read.Value is StoredState state ? new StateDocument(state.Desired, state.Reported, null)
            : Refusal.NotAuthenticated;
    }

    /// <summary>
    /// Merges a patch into <c>desired</c>; durable on return, and the device's listeners have been told. The caller has checked the
    /// service's right to write the registry. Refusals: not-found, malformed (no JSON object, too deep; with the place), too-large,
    /// conflict (another version), throttled (too many writers at once), unavailable.
    /// </summary>
    /// <param name="device">Whose.</param>
    /// <param name="patch">A JSON object, UTF-8.</param>
    /// <param name="ifVersion">The version that the caller has seen; null for whatever it is.</param>
    public async ValueTask<Result<StateContent>> PatchDesiredAsync(
        DeviceRecord device, ReadOnlyMemory<byte> patch, long? ifVersion = null) =>
        Tell(device, await WriteAsync(device.Number, StatePart.Desired, patch, ifVersion, whole: false));

    /// <summary>Replaces <c>desired</c>; otherwise as <see cref="PatchDesiredAsync"/>.</summary>
    public async ValueTask<Result<StateContent>> PutDesiredAsync(DeviceRecord device, ReadOnlyMemory<byte> json, long? ifVersion = null) =>
        Tell(device, await WriteAsync(device.Number, StatePart.Desired, json, ifVersion, whole: true));

    /// <summary>
    /// Merges a patch into <c>reported</c>; durable on return. Refusals: unauthorized (the device is gone), and those of
    /// <see cref="PatchDesiredAsync"/> but for not-found; throttled also beyond the quota.
    /// </summary>
    public async ValueTask<Result<StateContent>> PatchReportedAsync(
        DevicePrincipal device, ReadOnlyMemory<byte> patch, long? ifVersion = null)
    {
        if (_quotas.Take(device, 1, patch.Length) is Refusal refusal)
            return refusal;
        Result<Written> written = await WriteAsync(device.Number, StatePart.Reported, patch, ifVersion, whole: false);
        return ForDevice(written);
    }

    /// <summary>Replaces <c>reported</c>; otherwise as <see cref="PatchReportedAsync"/>.</summary>
    public async ValueTask<Result<StateContent>> PutReportedAsync(DevicePrincipal device, ReadOnlyMemory<byte> json, long? ifVersion = null)
    {
        if (_quotas.Take(device, 1, json.Length) is Refusal refusal)
            return refusal;
        Result<Written> written = await WriteAsync(device.Number, StatePart.Reported, json, ifVersion, whole: true);
        return ForDevice(written);
    }

    /// <summary>
    /// Tells a connection of every change of <c>desired</c> from now on; read after this, so that nothing is missed. A device has few
    /// connections (<see cref="GatewayLimits.MaxConnectionsPerDevice"/>), and each listens once.
    /// </summary>
    public void Listen(DevicePrincipal device, IStateListener listener) =>
        _listeners.AddOrUpdate(device.Number, static (_, added) => [added], static (_, held, added) => [.. held, added], listener);

    /// <summary>No longer tells it, but for a call that is under way. Once for each <see cref="Listen"/>.</summary>
    public void Forget(DevicePrincipal device, IStateListener listener)
    {
        while (_listeners.TryGetValue(device.Number, out IStateListener[]? held))
        {
            int at = Array.IndexOf(held, listener);
            if (at < 0)
                return;
            IStateListener[] rest = [.. held.AsSpan(0, at), .. held.AsSpan(at + 1)];
            bool done = rest.Length == 0
                ? _listeners.TryRemove(KeyValuePair.Create(device.Number, held))
                : _listeners.TryUpdate(device.Number, rest, held);
            if (done)
                return;
        }
    }

    // How many devices have listeners; for tests of what is left behind.
    internal int Listening => _listeners.Count;

    private async ValueTask<Result<StoredState?>> ReadAsync(DeviceNumber device)
    {
        try
        {
            return Result.Success(await _store.ReadAsync(device));
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private async ValueTask<Result<Written>> WriteAsync(
        DeviceNumber device, StatePart part, ReadOnlyMemory<byte> json, long? ifVersion, bool whole)
    {
        string what = NameOf(part);
        if (StateJson.Check(json.Span, what, _limits.MaxStateBytes, _limits.MaxStateDepth) is Refusal refusal)
            return refusal;
        try
        {
            for (int round = 0; round < MaxRounds; round++)
            {
                if (await _store.ReadAsync(device) is not StoredState state)
                    return default(Written);
                Result<Written> written = await WriteAsync(device, part, state[part], json, ifVersion, whole);
                if (!written.IsSuccess || written.Value.Content is not null)
                    return written;
            }

            return new Refusal(
                RefusalKind.Throttled, $"The {what} state is being changed by too many at once; nothing was changed. Try again.");
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    // Without a content when another was quicker.
    private async ValueTask<Result<Written>> WriteAsync(
        DeviceNumber device, StatePart part, StateContent old, ReadOnlyMemory<byte> json, long? ifVersion, bool whole)
    {
        if (ifVersion is long expected && expected != old.Version)
            return new Refusal(RefusalKind.Conflict, $"The {NameOf(part)} state has changed meanwhile; its version is {old.Version} now.");

        byte[] merged = StateJson.Merge(whole ? StateContent.Empty.Json : old.Json, json);
        if (merged.Length > _limits.MaxStateBytes)
            return StateJson.TooLarge(NameOf(part), merged.Length, _limits.MaxStateBytes);
        if (merged.AsSpan().SequenceEqual(old.Json.Span))
            return new Written(old, Changed: false);
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        StateWriteResult result = await _store.WriteAsync(device, part, merged, old.Version, now);
        return result.Status == StateWriteStatus.Written
            ? new Written(new StateContent(result.Version, now, merged), Changed: true)
            : default(Written);
    }

    private Result<StateContent> Tell(DeviceRecord device, Result<Written> written)
    {
        if (!written.IsSuccess)
            return written.Refusal;
        if (written.Value.Content is not StateContent content)
            return Refusal.DeviceNotFound(device.Id.Value);
        if (written.Value.Changed && _listeners.TryGetValue(device.Number, out IStateListener[]? listeners))
        {
            foreach (IStateListener listener in listeners)
                listener.OnDesiredChanged(content.Version);
        }

        return content;
    }

    private static Result<StateContent> ForDevice(Result<Written> written) =>
        !written.IsSuccess ? written.Refusal
        : written.Value.Content is StateContent content ? content
        : Refusal.NotAuthenticated;

    private static string NameOf(StatePart part) => part == StatePart.Desired ? "desired" : "reported";

    // What a write came to; without a content when there is no such device.
    private readonly record struct Written(StateContent? Content, bool Changed);
}
