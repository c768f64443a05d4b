using System.Buffers;
using Restante.Mqtt.Codec;
using Restante.Mqtt.Flows;
using Restante.Mqtt.Packets;

namespace Restante.Mqtt;

/// <summary>
/// One MQTT connection, as server or client, for MQTT 3.1.1 and 5.0: bytes and ticks go in, bytes and callbacks come out. Synchronous,
/// without sockets or clocks; all calls on one thread at a time. The owner gives received bytes to <see cref="Receive"/>, sends
/// what appears in the output, and calls <see cref="Tick"/> at <see cref="NextDeadlineMs"/>.
/// </summary>
public sealed partial class MqttConnection
{
    private readonly MqttConnectionSettings _settings;
    private readonly IMqttConnectionHandler _handler;
    private readonly IBufferWriter<byte> _output;

    // Made when first needed and let go when idle: an idle connection has none of them.
    private IncomingFlows? _incoming;
    private OutgoingFlows? _outgoing;
    private PendingRequests? _requests;
    private IncomingAliases? _incomingAliases;
    private OutgoingAliases? _outgoingAliases;

    private long _nowMs;
    private int _peerMaximumPacketSize = MqttConnectionSettings.LargestPacketSize;
    private ushort _peerTopicAliasMaximum;
    private ushort _lastPacketId;
    private ConnectionPhase _phase;
    private bool _pausedByOwner;
    private bool _isReceiving;

    /// <summary>A connection whose transport has just been opened.</summary>
    /// <param name="settings">Limits; see <see cref="MqttConnectionSettings"/>. Shared between connections.</param>
    /// <param name="role">Which end this is.</param>
    /// <param name="handler">Told what happens.</param>
    /// <param name="output">Takes the bytes for the peer. Written to only inside calls into this connection.</param>
    /// <param name="nowMs">The present time in milliseconds on any clock that does not go back.</param>
    public MqttConnection(
        MqttConnectionSettings settings, MqttRole role, IMqttConnectionHandler handler, IBufferWriter<byte> output, long nowMs)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(output);
        settings.Validate();
        _settings = settings;
        _handler = handler;
        _output = output;
        Role = role;
        StartClock(nowMs);
    }

    public MqttRole Role { get; }

    /// <summary>The version in use; none until CONNECT has been read or sent.</summary>
    public MqttVersion Version { get; private set; }

    /// <summary>Whether CONNECT was accepted and the connection has not ended.</summary>
    public bool IsConnected => _phase == ConnectionPhase.Established;

    /// <summary>Whether the connection has ended: write out the output, then close the transport.</summary>
    public bool IsClosed => _phase == ConnectionPhase.Closed;

    /// <summary>
    /// Whether nothing is read at present: CONNECT is unanswered, the owner has paused, or the owner owes more answers than the limits
    /// allow. Keep received bytes and present them again when this turns false, which only a call into the connection can do.
    /// </summary>
    public bool IsPaused => !IsClosed
        && (_pausedByOwner || (_phase == ConnectionPhase.AwaitingOwner && !_isAuthenticating) || OwesTooMuch);

    /// <summary>
    /// The length in bytes that the kept bytes must reach before <see cref="Receive"/> can consume any. At most the maximum packet size.
    /// </summary>
    public int MinimumBytesNeeded { get; private set; } = 2;

    /// <summary>The largest packet the peer takes, in bytes with its header. [MQTT-3.1.2-24]</summary>
    public int PeerMaximumPacketSize => _peerMaximumPacketSize;

    private bool IsServer => Role == MqttRole.Server;

    private bool IsV5 => Version == MqttVersion.V500;

    private MqttRole PeerRole => IsServer ? MqttRole.Client : MqttRole.Server;

    private bool OwesTooMuch
    {
        get
        {
            if (IsServer && _requests is not null && _requests.Count >= _settings.MaximumPendingRequests)
            {
                return true;
            }

            return Version == MqttVersion.V311 && _incoming is not null && _incoming.WaitingForOwner >= _settings.ReceiveMaximum;
        }
    }

    /// <summary>Stops reading until <see cref="ResumeReceiving"/>. The peer's keep-alive does not run meanwhile.</summary>
    public void PauseReceiving() => _pausedByOwner = true;

    /// <summary>Reads on after <see cref="PauseReceiving"/>. Present the kept bytes again.</summary>
    public void ResumeReceiving()
    {
        _pausedByOwner = false;
        RestartPeerClock();
    }

    /// <summary>
    /// The transport has ended. Raises <see cref="IMqttConnectionHandler.OnClosed"/> unless the connection had ended before.
    /// </summary>
    public void TransportClosed() => Close(MqttCloseCause.TransportLost, MqttReasonCode.Success, null);

    /// <summary>
    /// What the session holds in flight, for <see cref="RestoreSession"/> on a later connection. May be called after the end, when the
    /// owner's last answers are known: <see cref="AcknowledgePublish"/> still counts then, though nothing is sent.
    /// </summary>
    public MqttSessionState ExportSession() => new()
    {
        UnreleasedIncoming = _incoming?.Export(),
        AwaitingPubComp = _outgoing?.AwaitingPubComp.ToArray(),
        Unacknowledged = _outgoing?.ExportUnacknowledged(),
        LastPacketId = _lastPacketId,
    };

    /// <summary>
    /// Goes on with a session. Server: before <see cref="AcceptConnect"/> with session present. Client: before <see cref="Connect"/>
    /// without clean start. Does nothing when the connection has ended. Should the answer then say that there is no session, what was
    /// restored is dropped.
    /// </summary>
    public void RestoreSession(MqttSessionState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (IsClosed)
        {
            return;
        }

        Require(
            _phase is ConnectionPhase.AwaitingConnect or ConnectionPhase.AwaitingOwner,
            "A session is restored before the connection is established.");
        _lastPacketId = state.LastPacketId;
        if (!state.UnreleasedIncoming.IsEmpty)
        {
            (_incoming ??= new IncomingFlows()).Restore(state.UnreleasedIncoming.Span);
        }

        if (!state.AwaitingPubComp.IsEmpty || !state.Unacknowledged.IsEmpty)
        {
            (_outgoing ??= new OutgoingFlows()).Restore(state.AwaitingPubComp.Span, state.Unacknowledged.Span);
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new InvalidOperationException(message);
        }
    }

    /// <summary>Writes a packet, shortened if need be; false when it does not fit the peer's maximum packet size.</summary>
    private bool TryWrite<T>(ref T packet)
        where T : struct, IOutgoingPacket, allows ref struct
    {
        PacketSize size = PacketEncoder.Measure(ref packet);
        while (size.TotalLength > _peerMaximumPacketSize)
        {
            // [MQTT-3.1.2-24] [MQTT-3.4.2-2]
            if (!packet.TryShorten())
            {
                return false;
            }

            size = PacketEncoder.Measure(ref packet);
        }

        PacketEncoder.Write(_output, ref packet, size);
        _lastSentMs = _nowMs;
        return true;
    }

    /// <summary>Writes a packet the protocol demands; the connection ends when the peer's limit leaves no room for it.</summary>
    private void WriteRequired<T>(ref T packet)
        where T : struct, IOutgoingPacket, allows ref struct
    {
        if (!IsClosed && !TryWrite(ref packet))
        {
            Close(
                MqttCloseCause.PeerPacketLimit, MqttReasonCode.PacketTooLarge,
                "A packet that must be sent does not fit the peer's maximum packet size.");
        }
    }

    private void WriteAcknowledgement(MqttPacketType type, PacketId id, MqttReasonCode code, string? reasonString = null)
    {
        OutgoingAcknowledgement packet = new(type, Version, id, code, reasonString);
        WriteRequired(ref packet);
    }

    private bool IsPacketIdInUse(PacketId id) => (_outgoing?.IsInUse(id) ?? false) || (!IsServer && (_requests?.Contains(id) ?? false));

    /// <summary>An identifier that nothing of ours uses. Limits on flows and requests keep some free. [MQTT-2.2.1-3]</summary>
    private PacketId NextPacketId()
    {
        for (int i = 0; i < ushort.MaxValue; i++)
        {
            _lastPacketId++;
            PacketId id = new(_lastPacketId);
            if (!id.IsNone && !IsPacketIdInUse(id))
            {
                return id;
            }
        }

        return PacketId.None;
    }
}
