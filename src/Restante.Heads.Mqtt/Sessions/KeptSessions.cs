using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Mqtt.Wills;

namespace Restante.Heads.Mqtt.Sessions;

/// <summary>Keeps client sessions. A device has so many; the wills of those that give way wait no longer. Thread-safe.</summary>
internal sealed class KeptSessions(Gateway gateway, PendingWills wills)
{
    /// <summary>Keeps a session; durable on return. Returns why it was not kept: too-large, unavailable.</summary>
    /// <param name="device">Whose.</param>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="record">What is kept.</param>
    /// <param name="lifeMs">For how long; <see cref="long.MaxValue"/> for ever.</param>
    public async ValueTask<Refusal?> SaveAsync(DevicePrincipal device, string clientId, SessionRecord record, long lifeMs = long.MaxValue)
    {
        byte[] state = SessionRecordForm.Write(record);
        Result<IReadOnlyList<string>> saved = await gateway.ClientSessions.SaveAsync(device, clientId, state, lifeMs);
        if (!saved.IsSuccess)
            return saved.Refusal;
        foreach (string dropped in saved.Value)
            await wills.EndedAsync(new ClientKey(device.Number, dropped));
        return null;
    }
}
