using System.Buffers;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>One end of an AMQP 1.0 connection: bytes and ticks go in, bytes and callbacks come out. It owns no thread, clock
/// or transport; all calls happen on one thread at a time. [AMQP 2.4]</summary>
public sealed partial class AmqpConnection
{
    private AmqpSession?[] _byLocalChannel = [];
    private AmqpSession?[] _byRemoteChannel = [];
    private Phase _phase = Phase.FirstHeader;
    private bool _isPaused;
    private bool _openSent;
    private bool _finished;
    private ushort _remoteChannelMax;
    private uint _remoteMaxFrameSize = MinMaxFrameSize;
    private AmqpError? _closeError;
    private Symbol _saslMechanism;

    /// <summary>The smallest max-frame-size that a peer may set, and what holds before open. [AMQP 2.8.19]</summary>
    internal const int MinMaxFrameSize = 512;

    /// <param name="settings">Shared, not copied; validated by the caller once.</param>
    /// <param name="role">Which side to play.</param>
    /// <param name="handler">Whom to tell.</param>
    /// <param name="output">Where to write; flushed by whoever owns the transport.</param>
    public AmqpConnection(AmqpSettings settings, AmqpRole role, IAmqpConnectionHandler handler, IBufferWriter<byte> output)
    {
        Settings = settings;
        Role = role;
        Handler = handler;
        Output = output;
    }

    /// <summary>The exchange that is under way while the state is still Handshake, and what comes after.</summary>
    private enum Phase : byte
    {
        FirstHeader,
        Sasl,
        SaslChallenged,
        AmqpHeader,
        AwaitOpen,
        Opening,
        Open,
    }

    public AmqpSettings Settings { get; }

    public AmqpRole Role { get; }

    public IAmqpConnectionHandler Handler { get; }

    public IBufferWriter<byte> Output { get; }

    /// <summary>The owner's own object.</summary>
    public object? Owner { get; set; }

    public AmqpConnectionState State { get; private set; }

    /// <summary>True when the output should be flushed and the transport closed.</summary>
    public bool IsClosed => State == AmqpConnectionState.Closed;

    /// <summary>True while the owner owes an answer to SASL or open; no bytes are taken until then.</summary>
    public bool IsPaused => _isPaused && !IsClosed;

    /// <summary>The mechanism the peer authenticated with (server) or we did (client); null without SASL.</summary>
    public Symbol? SaslMechanism => _saslMechanism == default ? default(Symbol?) : _saslMechanism;

    /// <summary>Bytes of the largest frame the peer takes.</summary>
    public uint RemoteMaxFrameSize => _remoteMaxFrameSize;

    /// <summary>Starts the clock; a client writes its first header. Call it once, before anything else.</summary>
    /// <param name="nowMs">A monotonic time in milliseconds, the same clock as for the other calls.</param>
    public void Start(long nowMs)
    {
        _nowMs = nowMs;
        _startedMs = nowMs;
        _receivedMs = nowMs;
        if (Role == AmqpRole.Server)
            return;
        if (Settings.SaslClient is not null)
        {
            WriteHeader(ProtocolHeader.Sasl);
        }
        else
        {
            WriteHeader(ProtocolHeader.Amqp);
            SendOpen(withProperties: true);
            _phase = Phase.AmqpHeader;
        }
    }

    /// <summary>Server: the peer may open the connection. Ignored when it is closed by now.</summary>
    public void AcceptOpen()
    {
        if (State != AmqpConnectionState.Handshake)
            return;
        if (_phase != Phase.Opening)
            throw new InvalidOperationException("There is no open to accept.");
        SendOpen(withProperties: true);
        Opened();
    }

    /// <summary>Closes the connection, with an error or without. Links and sessions are reported over before it returns;
    /// <see cref="IAmqpConnectionHandler.OnClosed"/> follows with the peer's close, a time-out, or at once where no close
    /// can be exchanged. [AMQP 2.4.3]</summary>
    public void Close(AmqpError? error = null)
    {
        if (State is AmqpConnectionState.Closing or AmqpConnectionState.Closed)
            return;
        BeginClosing(error, awaitsPeer: true);
    }

    /// <summary>The transport is gone: everything is reported over.</summary>
    public void TransportClosed() => Finish(_closeError, byPeer: _closeError is null);

    /// <summary>Begins a session; it is reported by <see cref="IAmqpConnectionHandler.OnSessionBegun"/>, but links may be
    /// attached at once. Null where the peer's or our channel-max is reached, or the connection is not open.</summary>
    public AmqpSession? BeginSession(object? owner = null)
    {
        if (State != AmqpConnectionState.Open)
            return null;
        int channel = FreeLocalChannel();
        if (channel < 0)
            return null;
        var session = new AmqpSession(this, (ushort)channel) { Owner = owner };
        Slots.Set(ref _byLocalChannel, channel, session);
        session.SendBegin(remoteChannel: null);
        return session;
    }

    /// <summary>Bytes of incoming messages of which more is to come, over all links.</summary>
    internal int IncompleteBytes { get; set; }

    internal void Remove(AmqpSession session)
    {
        Slots.Clear(ref _byLocalChannel, session.Channel);
        if (session.RemoteChannel is { } remote)
            Slots.Clear(ref _byRemoteChannel, remote);
    }

    /// <summary>Ends the link of a name and direction, wherever it is on this connection. [AMQP 2.6.1]</summary>
    internal void StealLink(string name, bool isSender)
    {
        AmqpSession?[] sessions = _byLocalChannel;
        foreach (AmqpSession? session in sessions)
        {
            if (session is { IsActive: true })
                session.StealLink(name, isSender);
        }
    }

    private int FreeLocalChannel() => Slots.FirstFree(_byLocalChannel, Math.Min(_remoteChannelMax, Settings.ChannelMax));

    private void Opened()
    {
        _phase = Phase.Open;
        _isPaused = false;
        State = AmqpConnectionState.Open;
    }

    /// <summary>Writes close and ends everything on our side; waits for the peer's close if it can still be understood.</summary>
    private void BeginClosing(AmqpError? error, bool awaitsPeer)
    {
        _closeError = error;
        _isPaused = false;
        if (_phase < Phase.AwaitOpen && !_openSent)
        {
            Finish(error, byPeer: false); // Before the AMQP header there is no close to send.
            return;
        }

        if (!_openSent)
            SendOpen(withProperties: false); // [AMQP 2.4.3] open precedes close.
        Send(0, new CloseFrame(error));
        State = AmqpConnectionState.Closing;
        _closingMs = _nowMs;
        EndSessions(error, byPeer: false);
        if (!awaitsPeer)
            Finish(error, byPeer: false);
    }

    private void Finish(AmqpError? error, bool byPeer)
    {
        if (_finished)
            return;
        _finished = true;
        State = AmqpConnectionState.Closed;
        EndSessions(error, byPeer);
        Handler.OnClosed(this, error, byPeer);
    }

    private void EndSessions(AmqpError? error, bool byPeer)
    {
        AmqpSession?[] sessions = _byLocalChannel;
        _byLocalChannel = [];
        _byRemoteChannel = [];
        foreach (AmqpSession? session in sessions)
            session?.Terminate(error, byPeer);
    }

    /// <summary>The one place where a peer's violation is answered, at its own scope. [AMQP 2.8.14]</summary>
    private void Punish(AmqpViolationException violation)
    {
        if (State == AmqpConnectionState.Closing)
        {
            if (violation.LosesFraming)
                Finish(_closeError, byPeer: false);
            return;
        }

        var error = new AmqpError(violation.Condition, violation.Message);
        switch (violation.Scope)
        {
            case ErrorScope.Link when violation.Link is { } link:
                link.DetachForViolation(error);
                break;
            case ErrorScope.Session when violation.Session is { } session:
                session.End(error);
                break;
            default:
                BeginClosing(error, awaitsPeer: !violation.LosesFraming);
                break;
        }
    }
}
