using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Sessions;

/// <summary>State that a protocol keeps for a named client session of a device beyond its connection (MQTT). Opaque here.</summary>
public sealed class ClientSessions
{
    /// <summary>Sessions kept of one device; the one not saved for the longest time is dropped for a newer one.</summary>
    public const int MaxPerDevice = 16;

    /// <summary>The largest state, in bytes.</summary>
    public const int MaxStateBytes = 64 * 1024;

    private readonly IRegistryStore _store;
    private readonly TimeProvider _time;

    internal ClientSessions(IRegistryStore store, TimeProvider time)
    {
        _store = store;
        _time = time;
    }

    /// <summary>
    /// Keeps the state; durable on return. Returns the names of the device's sessions that were dropped for it. Refusals: too-large,
    /// unavailable.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The session's name.</param>
    /// <param name="state">Its state.</param>
    /// <param name="lifeMs">How long it is kept from now on; <see cref="long.MaxValue"/> for ever.</param>
    public async ValueTask<Result<IReadOnlyList<string>>> SaveAsync(
        DevicePrincipal device, string name, ReadOnlyMemory<byte> state, long lifeMs)
    {
        if (state.Length > MaxStateBytes)
            return new Refusal(RefusalKind.TooLarge, $"The session's state has {state.Length} bytes; the limit is {MaxStateBytes}.");
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            long expiresAt = lifeMs > long.MaxValue - now ? long.MaxValue : now + lifeMs;
            return Result.Success(await _store.SaveClientSessionAsync(device.Number, name, state, expiresAt));
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Reads the state; null when there is none. Refusals: unavailable.</summary>
    public async ValueTask<Result<byte[]?>> LoadAsync(DevicePrincipal device, string name)
    {
        try
        {
            return Result.Success(await _store.LoadClientSessionAsync(device.Number, name, _time.GetUtcNow().ToUnixTimeMilliseconds()));
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Drops the state. Refusals: unavailable.</summary>
    public async ValueTask<Result<bool>> RemoveAsync(DevicePrincipal device, string name)
    {
        try
        {
            await _store.RemoveClientSessionAsync(device.Number, name);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }
}
