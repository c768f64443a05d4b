using System.Text;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Refusals;
using Restante.Core.Telemetry;
using Restante.Heads.Mqtt.Messages;
using Restante.Heads.Mqtt.Sessions;
using Restante.Heads.Mqtt.Topics;
using Restante.Heads.Mqtt.Wills;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// From CONNECT to CONNACK: authenticate, look at the will, take the client session over from an older connection, find what is kept of it,
/// enter the live connections, accept. Lives no longer than that.
/// </summary>
internal sealed class ConnectFlow
{
    private readonly DeviceConnection _owner;
    private readonly MqttVersion _version;
    private readonly string _clientId;
    private readonly string? _assignedClientId;
    private readonly string? _userName;
    private readonly bool _cleanStart;
    private readonly bool _hasAuthenticationMethod;
    private readonly uint _wantedExpirySeconds;
    private readonly ushort _keepAliveSeconds;
    private readonly MqttWill? _will;
    private DevicePrincipal? _device;
    private string _password;
    private SessionRecord? _record;

    public ConnectFlow(DeviceConnection owner, in ConnectPacket packet)
    {
        _owner = owner;
        _version = packet.Version;
        if (packet.ClientId.IsEmpty)
            _assignedClientId = $"auto-{Guid.NewGuid():N}"; // [MQTT-3.1.3-6] [MQTT-3.1.3-7]
        _clientId = _assignedClientId ?? Encoding.UTF8.GetString(packet.ClientId);
        _userName = packet.UserName.IsEmpty ? null : Encoding.UTF8.GetString(packet.UserName);
        _password = Encoding.UTF8.GetString(packet.Password);
        _cleanStart = packet.CleanStart;
        _hasAuthenticationMethod = packet.HasAuthenticationMethod;
        _wantedExpirySeconds = packet.SessionExpirySeconds;
        _keepAliveSeconds = packet.KeepAliveSeconds;
        _will = packet.CopyWill();
    }

    private MqttHead Head => _owner.Head;

    private DevicePrincipal Principal => _owner.Principal!;

    public void Begin()
    {
        if (_hasAuthenticationMethod)
        {
            Refuse(MqttReasonCode.BadAuthenticationMethod, "Extended authentication is not offered."); // [MQTT-4.12.0-1]
            return;
        }

        // A certificate counts when there is no password; either way it is not kept.
        PeerCertificate? peer = _owner.TakeCertificate() is { } certificate
            ? new PeerCertificate(certificate.Leaf, certificate.Issuers)
            : null;
        AuthenticationAttempt attempt = peer is not null && _password.Length == 0
            ? AuthenticationAttempt.By(_userName, peer, _owner.Name)
            : new AuthenticationAttempt(_userName, _password, _owner.Source) { Connection = _owner.Name, Beside = peer };
        _password = "";
        attempt = attempt with { IsPaced = true };
        _owner.Await(Head.Gateway.Authenticator.AuthenticateAsync(attempt), this, static (result, flow) => flow.Authenticated(result));
    }

    private void Authenticated(Result<Principal> result)
    {
        if (!result.IsSuccess)
        {
            Refuse(RefusalMap.ForConnect(result.Refusal.Kind), result.Refusal.Message);
            return;
        }

        if (result.Value is not DevicePrincipal device)
        {
            NoteRefused(result.Value);
            Refuse(RefusalMap.ForConnect(RefusalKind.Forbidden), "MQTT is for devices; services use AMQP or HTTPS.");
            return;
        }

        _device = device;
        if (_will is not null && !TryTakeWill(device, _will))
            return;
        var key = new ClientKey(device.Number, _clientId);
        _owner.Principal = device;
        _owner.Key = key;
        if (Head.Clients.Enter(key, _owner) is not DeviceConnection older)
        {
            Alone();
            return;
        }

        Head.Metrics.TakenOver();
        _owner.Predecessor = older.WhenGone();
        older.TakeOver();
        _owner.Await(new ValueTask<bool>(AfterAsync(_owner.Predecessor)), this, static (_, flow) => flow.Alone());
    }

    private void NoteRefused(Principal principal) => Head.Gateway.Audit.Refused(new AuditEntry
    {
        Act = "connect",
        By = AuditActor.Of(principal, _owner.Name),
        Refusal = RefusalKind.Forbidden,
    });

    private static async Task<bool> AfterAsync(Task task)
    {
        await task;
        return true;
    }

    private bool TryTakeWill(DevicePrincipal device, MqttWill will)
    {
        byte[] name = Encoding.UTF8.GetBytes(will.Topic);
        PublishTopic topic = TopicTable.ParseWill(name, takesBag: _version == MqttVersion.V311);
        string? problem = topic.Problem;
        if (problem is null && !topic.Channel.IsEmpty && !ChannelNames.IsValid(Encoding.UTF8.GetString(topic.Channel)))
            problem = $"The channel of the will is not allowed: {ChannelNames.Rule}.";
        if (topic.Kind == TopicKind.NotOwn)
            NoteRefused(device);
        byte[]? content = problem is null ? PublishContent.OfWill(will, topic.Bag) : null;
        if (content is null)
        {
            MqttReasonCode code = _version == MqttVersion.V311 ? MqttReasonCode.NotAuthorized : MqttReasonCode.TopicNameInvalid;
            Refuse(code, problem ?? "The property bag of the will is not URL-encoded.");
            return false;
        }

        if (!PublishContent.FitsFormat(will.PayloadFormatIndicator, will.Payload.Span))
        {
            Refuse(MqttReasonCode.PayloadFormatInvalid, "The payload of the will is not UTF-8 as its format indicator says.");
            return false;
        }

        if (content.Length > Head.Gateway.Limits.MaxMessageBytes)
        {
            Refuse(
                RefusalMap.ForConnect(RefusalKind.TooLarge),
                $"The will has {content.Length} bytes; the limit is {Head.Gateway.Limits.MaxMessageBytes}.");
            return false;
        }

        _owner.Will = new Will(device, content, will.DelaySeconds);
        return true;
    }

    private void Alone()
    {
        _owner.Predecessor = null;
        _owner.Await(Head.Gateway.ClientSessions.LoadAsync(Principal, _clientId), this, static (result, flow) => flow.Loaded(result));
    }

    private void Loaded(Result<byte[]?> result)
    {
        if (result.Refusal is Refusal refusal)
        {
            Refuse(RefusalMap.ForConnect(refusal.Kind), refusal.Message);
            return;
        }

        _owner.HasRecord = result.Value is not null;
        if (result.Value is not null && !_cleanStart)
            Judge(SessionRecordForm.Read(result.Value));
        if (_owner.HasRecord && _record is null)
        {
            // A clean start ends the older session, its mail stays. [MQTT-3.1.2-4]
            _owner.HasRecord = false;
            _owner.Await(
                Head.Gateway.ClientSessions.RemoveAsync(Principal, _clientId), this,
                static (removed, flow) => flow.Cleared(removed.Refusal));
        }
        else if (_record is not null && (_record.HasFlows || _record.HighestQos == MqttQos.ExactlyOnce))
        {
            // What the record says of identifiers is true until the first packet only.
            var record = SessionRecord.WhileConnected(_record.Subscriptions, _record.Children);
            _owner.Await(
                Head.Sessions.SaveConnectedAsync(Principal, _clientId, record), this, static (refusal, flow) => flow.Cleared(refusal));
        }
        else
        {
            Cleared(null);
        }
    }

    private void Judge(SessionRecord? record)
    {
        if (record is { IsUnsettled: false })
            _record = record;
        else if (Head.MayLog("session dropped", out long suppressed))
            Log.SessionDropped(
                Head.Logger, _owner.Id, _owner.DeviceName,
                record is null ? "its form is not known" : "the gateway was killed while QoS 2 messages were under way", suppressed);
    }

    private void Cleared(Refusal? refusal)
    {
        if (refusal is not null)
        {
            Refuse(RefusalMap.ForConnect(refusal.Kind), refusal.Message);
            return;
        }

        Head.Gateway.Connections.Add(Principal, _owner, _owner.Name);
        _owner.IsRegistered = true;
        _owner.Await(Head.Gateway.Devices.RecheckAsync(Principal), this, static (refusal, flow) => flow.Rechecked(refusal));
    }

    private void Rechecked(Refusal? refusal)
    {
        if (refusal is not null)
        {
            Refuse(RefusalMap.ForConnect(refusal.Kind), refusal.Message);
            return;
        }

        Head.BeginWork();
        _ = SettleOlderWillAsync(Head, _owner.Key, !_cleanStart);
        uint expiry = Math.Min(_wantedExpirySeconds, Head.Options.MaxSessionExpirySeconds);
        _owner.SessionExpirySeconds = expiry;
        if (_record is not null)
            Restore(_record);
        bool capsKeepAlive = _keepAliveSeconds == 0 || _keepAliveSeconds > Head.Options.MaxKeepAliveSeconds;
        _owner.Accepted();
        _owner.Engine.AcceptConnect(new MqttConnAckOptions
        {
            SessionPresent = _record is not null, // [MQTT-3.2.2-2] [MQTT-3.2.2-3]
            AssignedClientId = _assignedClientId,
            ServerKeepAliveSeconds = capsKeepAlive ? (ushort)Head.Options.MaxKeepAliveSeconds : null,
            SessionExpirySeconds = expiry == _wantedExpirySeconds ? null : expiry,
        });
        Head.Metrics.ConnectAnswered(_version, MqttReasonCode.Success);
        Log.Connected(Head.Logger, _owner.Id, _owner.DeviceName, _version == MqttVersion.V311 ? "3.1.1" : "5", _record is not null);
        if (_owner.Subscriptions.WantsMail)
            _owner.Mailbox!.Begin();
        StateFlow.Follow(_owner, anew: false);
        _owner.BeginChildren();
    }

    private void Restore(SessionRecord record)
    {
        Head.Metrics.Session("resumed");
        _owner.Subscriptions = record.Subscriptions;
        List<ushort> unacknowledged = [];
        if (record.Subscriptions.WantsMail) // Without a subscription nothing is sent again.
            AddIds(unacknowledged, record.Unacknowledged.Span);
        foreach (ChildRecord child in record.Children.Where(child => child.Subscriptions.WantsMail))
            AddIds(unacknowledged, child.Unacknowledged);
        _owner.Engine.RestoreSession(new MqttSessionState
        {
            LastPacketId = record.LastPacketId,
            UnreleasedIncoming = record.Unreleased,
            AwaitingPubComp = record.AwaitingPubComp,
            Unacknowledged = unacknowledged.ToArray(),
        });
        if (record.Subscriptions.WantsMail)
            _owner.Mailbox = new MailboxFlow(_owner, record.Unacknowledged.ToArray());
        foreach (ChildRecord child in record.Children)
            _owner.RestoreChild(child);
    }

    private static void AddIds(List<ushort> ids, ReadOnlySpan<SentBefore> sent)
    {
        foreach (SentBefore before in sent)
            ids.Add(before.PacketId);
    }

    private static async Task SettleOlderWillAsync(MqttHead head, ClientKey key, bool sessionGoesOn)
    {
        try
        {
            await head.Wills.ConnectedAsync(key, sessionGoesOn);
        }
#pragma warning disable CA1031 // Nobody waits for it: logged.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.WillFault(head.Logger, exception);
        }
        finally
        {
            head.EndWork();
        }
    }

    private void Refuse(MqttReasonCode code, string reason)
    {
        if (_device is not null && !_owner.IsRegistered)
            Head.Gateway.History.Refused(_device.Id, _owner.Name, reason);
        bool hasRoomElsewhere = _version == MqttVersion.V500 && Head.Options.ServerReference.Length > 0
            && (code is MqttReasonCode.ServerUnavailable or MqttReasonCode.ServerBusy); // [MQTT 5 §4.13]
        if (hasRoomElsewhere)
            code = MqttReasonCode.UseAnotherServer;
        Head.Metrics.ConnectAnswered(_version, code);
        Log.ConnectRefused(Head.Logger, _owner.Id, code);
        _owner.Engine.RefuseConnect(code, reason, hasRoomElsewhere ? Head.Options.ServerReference : null);
    }
}
