using System.Buffers;
using System.Text;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Refusals;
using Restante.Core.Telemetry;
using Restante.Heads.Mqtt.Messages;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

// What the device publishes, and how it is answered.
internal sealed partial class DeviceConnection
{
    private string? _lastChannel;
    private Task? _lastLookup;
    private int _uncommitted;
    private int _uncommittedBytes;
    private bool _pausedByBacklog;
    private long _pausedByQuotaUntilMs = long.MaxValue;

    // Kept for sessions only: whether a QoS 2 message was stored decides whether its repetition is one.
    private List<(PacketId Id, Task<bool> Stored)>? _storing;

    /// <summary>QoS 2 publishes whose storing is under way.</summary>
    public IReadOnlyList<(PacketId Id, Task<bool> Stored)> Storing => _storing ?? [];

    // Without the bag of properties, which is the message's. What is too long for the log is cut there.
    private static string NameOf(ReadOnlySpan<byte> topic)
    {
        int bag = topic.IndexOf((byte)'?');
        return Encoding.UTF8.GetString(topic[..Math.Min(bag < 0 ? topic.Length : bag, AuditEntry.MaxTextLength)]);
    }

    void IMqttConnectionHandler.OnPublish(in PublishPacket packet)
    {
        PublishTopic topic = TopicTable.Parse(packet.Topic, takesBag: Engine.Version == MqttVersion.V311);
        switch (topic.Kind)
        {
            case TopicKind.Telemetry:
                TelemetryFlow.Publish(this, packet, topic);
                break;
            case TopicKind.Settle:
                SettleFlow.Publish(this, packet, topic);
                break;
            case TopicKind.Report:
                ReportFlow.Publish(this, packet, topic);
                break;
            case TopicKind.Inquiry:
                InquiryFlow.Ask(this, packet, topic);
                break;
            case TopicKind.Cancel:
                InquiryFlow.Cancel(this, packet, topic);
                break;
            case TopicKind.StateGet:
                StateRequests.Get(this, packet, topic);
                break;
            case TopicKind.StateReport:
                StateRequests.Report(this, packet, topic);
                break;
            case TopicKind.NotOwn:
                NoteRefused("publish", NameOf(packet.Topic), RefusalKind.Forbidden);
                var refusal = new Refusal(RefusalKind.Forbidden, topic.Problem!);
                RefusePublish(packet.PacketId, packet.Qos, RefusalMap.ForPublish(refusal.Kind), refusal);
                break;
            default:
                RefusePublish(packet.PacketId, packet.Qos, new Refusal(RefusalKind.Malformed, topic.Problem!));
                break;
        }
    }

    /// <summary>Answers a publish that was done.</summary>
    public void ConfirmPublish(PacketId id, MqttQos qos)
    {
        Head.Metrics.Published(qos);
        if (!id.IsNone)
            Engine.AcknowledgePublish(id);
    }

    /// <summary>
    /// Answers a publish that was refused: 5.0 with the reason; 3.1.1 knows no refusal, so QoS 1 and 2 end the connection. [MQTT-3.3.5-2]
    /// </summary>
    public void RefusePublish(PacketId id, MqttQos qos, Refusal refusal)
    {
        if (refusal.Kind is RefusalKind.Forbidden or RefusalKind.NotFound)
            NoteRefused("publish", null, refusal.Kind);
        RefusePublish(id, qos, RefusalMap.ForPublish(refusal.Kind), refusal);
    }

    /// <summary>Notes in the audit log that the device reached for what is not its own.</summary>
    public void NoteRefused(string act, string? topic, RefusalKind kind) => Head.Gateway.Audit.Refused(new AuditEntry
    {
        Act = act,
        By = AuditActor.Of(Principal!, Name),
        Target = topic,
        Refusal = kind,
    });

    public void RefusePublish(PacketId id, MqttQos qos, MqttReasonCode code, Refusal refusal)
    {
        Head.Metrics.PublishRefused(code, qos);
        Head.Gateway.Metrics.Refused(refusal.Kind);
        Log.PublishRefused(Head.Logger, Id, DeviceName, code, refusal.Message);
        if (id.IsNone)
            return;
        if (Engine.Version == MqttVersion.V500)
        {
            Engine.AcknowledgePublish(id, code, refusal.Message);
            return;
        }

        if (Head.MayLog("closed by refusal", out long suppressed))
            Log.ClosedByRefusal(Head.Logger, Id, DeviceName, refusal.Message, suppressed);
        Disconnect(code, refusal.Message);
    }

    /// <summary>
    /// The content of a publish; null when it was refused, which it has been answered then. Give it back to <see cref="ContentBuffer"/>.
    /// </summary>
    public ArrayBufferWriter<byte>? TakeContent(in PublishPacket packet, ReadOnlySpan<byte> bag)
    {
        if (!PublishContent.FitsFormat(packet.PayloadFormatIndicator, packet.Payload))
        {
            var refusal = new Refusal(RefusalKind.Malformed, "The payload is not UTF-8 as its format indicator says.");
            RefusePublish(packet.PacketId, packet.Qos, MqttReasonCode.PayloadFormatInvalid, refusal); // [MQTT 5 §3.3.2.3.2]
            return null;
        }

        ArrayBufferWriter<byte> content = ContentBuffer.Take();
        if (PublishContent.TryWrite(packet, bag, content))
            return content;
        ContentBuffer.Return(content);
        RefusePublish(packet.PacketId, packet.Qos, new Refusal(RefusalKind.Malformed, "The property bag of the topic is not URL-encoded."));
        return null;
    }

    /// <summary>Does what a publish asks for, and answers it when that is durable, or refused.</summary>
    /// <param name="packet">The publish.</param>
    /// <param name="child">The device behind this one that it is for; empty for the device itself.</param>
    /// <param name="content">Its content; copied before the call returns.</param>
    /// <param name="state">Passed on.</param>
    /// <param name="act">Does it as the device given; touches nothing of the connection, and copies the content before it returns.</param>
    public void AnswerAs<TState, T>(
        in PublishPacket packet,
        ReadOnlySpan<byte> child,
        ReadOnlyMemory<byte> content,
        TState state,
        Func<Gateway, DevicePrincipal, ReadOnlyMemory<byte>, TState, ValueTask<Result<T>>> act)
    {
        ValueTask<Result<T>> storing = child.IsEmpty
            ? act(Head.Gateway, Principal!, content, state)
            : ActForAsync(Encoding.UTF8.GetString(child), content.ToArray(), state, act);
        AnswerWith(storing, packet.PacketId, packet.Qos, content.Length);
        PauseByQuota();
    }

    /// <summary>Answers a publish when what it asked for is durable, or refused.</summary>
    public void AnswerWith<T>(ValueTask<Result<T>> storing, PacketId id, MqttQos qos, int bytes)
    {
        bool isWatched = qos == MqttQos.ExactlyOnce && SessionExpirySeconds > 0;
        if (isWatched)
        {
            Task<Result<T>> task = storing.AsTask();
            storing = new ValueTask<Result<T>>(task);
            (_storing ??= []).Add((id, SucceedsAsync(task)));
        }

        BeginCommit(bytes);
        Await(storing, (Owner: this, id, qos, bytes), static (result, work) =>
        {
            work.Owner.IsStored(work.id, work.qos);
            if (result.Refusal is Refusal refusal)
                work.Owner.RefusePublish(work.id, work.qos, refusal);
            else
                work.Owner.ConfirmPublish(work.id, work.qos);
            work.Owner.EndCommit(work.bytes);
            work.Owner.PauseByQuota(); // What is for a device behind this one is counted when that was looked up.
        });
    }

    /// <summary>The channel as text. A device has few: that of the last one is made once.</summary>
    public string? ChannelOf(ReadOnlySpan<byte> channel)
    {
        if (channel.IsEmpty)
            return null;
        if (_lastChannel is not null && Ascii.Equals(channel, _lastChannel))
            return _lastChannel;
        string text = Encoding.UTF8.GetString(channel);
        if (ChannelNames.IsValid(text))
            _lastChannel = text;
        return text;
    }

    /// <summary>Something of this size waits for the store; at the limits the device is read no further.</summary>
    public void BeginCommit(int bytes)
    {
        _uncommitted++;
        _uncommittedBytes += bytes;
        if (_pausedByBacklog || (_uncommitted < Head.Options.MaxUncommitted && _uncommittedBytes < Head.Options.MaxUncommittedBytes))
            return;
        _pausedByBacklog = true;
        Head.Metrics.Paused();
        Engine.PauseReceiving();
    }

    /// <summary>The store has answered.</summary>
    public void EndCommit(int bytes)
    {
        _uncommitted--;
        _uncommittedBytes -= bytes;
        if (!_pausedByBacklog || _uncommitted > Head.Options.MaxUncommitted / 2 || _uncommittedBytes > Head.Options.MaxUncommittedBytes / 2)
            return;
        _pausedByBacklog = false;
        Resume();
    }

    /// <summary>
    /// A publish of QoS 0 has no answer, 3.1.1 no word for a refusal: a device beyond its quota is not read for a while and loses nothing.
    /// </summary>
    public void PauseByQuota()
    {
        if (Principal is null || Head.Gateway.Quotas.WaitMs(Principal) is not (long waitMs and > 0))
            return;
        if (_pausedByQuotaUntilMs == long.MaxValue)
            Head.Metrics.Paused();
        _pausedByQuotaUntilMs = NowMs + waitMs;
        Engine.PauseReceiving();
    }

    // Other connections of the device may have sent meanwhile; then it waits on.
    private void EndPauseByQuota()
    {
        PauseByQuota();
        if (NowMs < _pausedByQuotaUntilMs)
            return;
        _pausedByQuotaUntilMs = long.MaxValue;
        Resume();
    }

    private void Resume()
    {
        if (_drainReason is null && !_pausedByBacklog && _pausedByQuotaUntilMs == long.MaxValue)
            Engine.ResumeReceiving();
    }

    // The devices behind this one are looked up one after the other, so that what is published for them is stored in its order.
    private async ValueTask<Result<T>> ActForAsync<TState, T>(
        string child, byte[] content, TState state, Func<Gateway, DevicePrincipal, ReadOnlyMemory<byte>, TState, ValueTask<Result<T>>> act)
    {
        Task before = _lastLookup ?? Task.CompletedTask;
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _lastLookup = begun.Task;
        ValueTask<Result<T>> storing;
        try
        {
            await before;
            Result<DevicePrincipal> found = await Head.Gateway.Devices.ActForAsync(Principal!, child);
            if (!found.IsSuccess)
                return found.Refusal;
            storing = act(Head.Gateway, found.Value, content, state);
        }
        finally
        {
            begun.SetResult();
        }

        return await storing;
    }

    private static async Task<bool> SucceedsAsync<T>(Task<Result<T>> storing) => (await storing).IsSuccess;

    private void IsStored(PacketId id, MqttQos qos)
    {
        if (_storing is null || qos != MqttQos.ExactlyOnce)
            return;
        _storing.RemoveAll(entry => entry.Id == id);
        if (_storing.Count == 0)
            _storing = null;
    }
}
