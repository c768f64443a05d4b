using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Mqtt.Wills;

namespace Restante.Heads.Mqtt.Sessions;

/// <summary>Keeps client sessions. A device has so many; the wills of those that give way wait no longer. Thread-safe.</summary>
internal sealed class KeptSessions(Gateway gateway, PendingWills wills)
{
    /// <summary>
    /// Keeps a session whose connection goes on: for ever, as its end says for how long. Otherwise as <see cref="SaveAsync"/>.
    /// </summary>
    public ValueTask<Refusal?> SaveConnectedAsync(DevicePrincipal device, string clientId, SessionRecord record) =>
        SaveAsync(device, clientId, record, uint.MaxValue);

    /// <summary>Keeps a session; durable on return. Returns why it was not kept: too-large, unavailable.</summary>
    /// <param name="device">Whose.</param>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="record">What is kept.</param>
    /// <param name="lifeSeconds">For how long; <see cref="uint.MaxValue"/> for ever. [MQTT 5 §3.1.2.11.2]</param>
    public async ValueTask<Refusal?> SaveAsync(DevicePrincipal device, string clientId, SessionRecord record, uint lifeSeconds)
    {
        byte[] state = SessionRecordForm.Write(record);
        long lifeMs = lifeSeconds == uint.MaxValue ? long.MaxValue : lifeSeconds * 1000L;
        Result<IReadOnlyList<string>> saved = await gateway.ClientSessions.SaveAsync(device, clientId, state, lifeMs);
        if (!saved.IsSuccess)
            return saved.Refusal;
        foreach (string dropped in saved.Value)
            await wills.EndedAsync(new ClientKey(device.Number, dropped));
        return null;
    }
}
