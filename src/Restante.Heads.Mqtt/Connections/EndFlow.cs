using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Mqtt.Sessions;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// What is done after a connection has ended, outside its turns, which leave everything alone by then: learn what was stored, give the
/// mailbox back, keep or drop the session, see to the will. Only then may a newer connection of the client session go on.
/// </summary>
internal static class EndFlow
{
    public static async Task RunAsync(DeviceConnection connection, DevicePrincipal device, MqttClosed closed)
    {
        try
        {
            if (connection.Predecessor is not null)
                await connection.Predecessor;
            if (connection.IsAccepted)
                await GiveBackAsync(connection, device, closed);
        }
#pragma warning disable CA1031 // Nobody waits for it: logged. The newer connection must be let in all the same.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.EndFault(connection.Head.Logger, exception, connection.Id);
        }
        finally
        {
            connection.Head.Clients.Leave(connection.Key, connection);
            connection.MarkGone();
            connection.Head.EndWork();
        }
    }

    private static async Task GiveBackAsync(DeviceConnection connection, DevicePrincipal device, MqttClosed closed)
    {
        MqttHead head = connection.Head;
        uint expiry = Math.Min(closed.SessionExpirySeconds ?? connection.SessionExpirySeconds, head.Options.MaxSessionExpirySeconds);
        if (expiry > 0)
        {
            foreach ((PacketId id, Task<bool> stored) in connection.Storing)
            {
                if (await stored)
                    connection.Engine.AcknowledgePublish(id);
            }
        }

        if (connection.Mailbox is not null)
            await connection.Mailbox.CloseAsync();
        foreach (ChildDevice child in connection.Children?.Items ?? [])
        {
            if (child.Mailbox is not null)
                await child.Mailbox.CloseAsync();
        }

        await KeepSessionAsync(connection, device, expiry);
        if (closed.PublishWill && connection.Will is not null)
            await head.Wills.AddAsync(connection.Key, connection.Will, expiry); // [MQTT-3.1.2-8]
    }

    private static async Task KeepSessionAsync(DeviceConnection connection, DevicePrincipal device, uint expirySeconds)
    {
        MqttHead head = connection.Head;
        Refusal? refusal;
        if (expirySeconds > 0)
        {
            refusal = await head.Sessions.SaveAsync(device, connection.Key.ClientId, Record(connection), expirySeconds);
            head.Metrics.Session(refusal is null ? "kept" : "lost");
        }
        else if (connection.HasRecord)
        {
            refusal = (await head.Gateway.ClientSessions.RemoveAsync(device, connection.Key.ClientId)).Refusal; // [MQTT-3.1.2-23]
            head.Metrics.Session("ended");
        }
        else
        {
            return;
        }

        if (refusal is not null && head.MayLog("session not kept", out long suppressed))
            Log.SessionNotKept(head.Logger, connection.Id, device.Name, refusal.Message, suppressed);
    }

    private static SessionRecord Record(DeviceConnection connection)
    {
        MqttSessionState state = connection.Engine.ExportSession();
        return new SessionRecord
        {
            Subscriptions = connection.Subscriptions,
            LastPacketId = state.LastPacketId,
            Unreleased = state.UnreleasedIncoming,
            AwaitingPubComp = AwaitingPubComp(connection, state),
            Unacknowledged = connection.Mailbox?.SentAmong(state.Unacknowledged.Span) ?? [],
            Children = ChildRecord.Of(connection.Children, child => child.Mailbox?.SentAmong(state.Unacknowledged.Span) ?? []),
        };
    }

    private static ushort[] AwaitingPubComp(DeviceConnection connection, MqttSessionState state)
    {
        List<ushort> ids = [.. state.AwaitingPubComp.Span];
        if (connection.Mailbox is not null)
            ids.AddRange(connection.Mailbox.SettledByTopicAmong(state.Unacknowledged.Span));
        foreach (ChildDevice child in connection.Children?.Items ?? [])
        {
            if (child.Mailbox is not null)
                ids.AddRange(child.Mailbox.SettledByTopicAmong(state.Unacknowledged.Span));
        }

        return [.. ids];
    }
}
