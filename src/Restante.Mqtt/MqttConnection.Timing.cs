using Restante.Mqtt.Codec;
using Restante.Mqtt.Packets;

namespace Restante.Mqtt;

/// <content>Keep-alive and time limits.</content>
public sealed partial class MqttConnection
{
    private long _lastReceivedMs;
    private long _lastSentMs;
    private long _answerDeadlineMs;
    private bool _restartPeerClock;
    private ushort _keepAliveSeconds;

    /// <summary>The keep-alive in force, in seconds; 0 when there is none.</summary>
    public int KeepAliveSeconds => _keepAliveSeconds;

    /// <summary>When <see cref="Tick"/> has something to do, in milliseconds; long.MaxValue when nothing is due.</summary>
    public long NextDeadlineMs => _phase switch
    {
        ConnectionPhase.AwaitingConnect or ConnectionPhase.AwaitingConnAck => _answerDeadlineMs,
        ConnectionPhase.Established when IsServer => PeerDeadlineMs(),
        ConnectionPhase.Established => Math.Min(IsPaused ? long.MaxValue : _answerDeadlineMs, PingDueMs()),
        _ => long.MaxValue,
    };

    /// <summary>
    /// Lets time pass: ends the connection when a limit has been reached, sends PINGREQ, lets go of memory that is not needed while idle.
    /// </summary>
    /// <param name="nowMs">The present time in milliseconds; at or after <see cref="NextDeadlineMs"/>, earlier does no harm.</param>
    public void Tick(long nowMs)
    {
        Advance(nowMs);
        if (IsClosed)
        {
            return;
        }

        LetGo();
        long deadline = NextDeadlineMs;
        if (deadline == long.MaxValue || _nowMs < deadline)
        {
            return;
        }

        if (_phase != ConnectionPhase.Established)
        {
            Close(MqttCloseCause.ConnectTimeout, MqttReasonCode.UnspecifiedError, "No CONNECT, or no answer to it, in time.");
        }
        else if (IsServer)
        {
            // [MQTT-3.1.2-22]
            Violate(MqttReasonCode.KeepAliveTimeout, "Silent for one and a half times the keep-alive.", MqttCloseCause.KeepAliveTimeout);
        }
        else if (!IsPaused && _nowMs >= _answerDeadlineMs)
        {
            Violate(MqttReasonCode.UnspecifiedError, "No answer to PINGREQ.", MqttCloseCause.KeepAliveTimeout);
        }
        else
        {
            SendPing(); // [MQTT-3.1.2-20]
        }
    }

    private void StartClock(long nowMs)
    {
        _nowMs = nowMs;
        _lastReceivedMs = nowMs;
        _lastSentMs = nowMs;
        _answerDeadlineMs = After(nowMs, _settings.ConnectTimeoutMs);
    }

    private static long After(long nowMs, long delayMs) => nowMs > long.MaxValue - delayMs ? long.MaxValue : nowMs + delayMs;

    private void Advance(long nowMs)
    {
        _nowMs = Math.Max(_nowMs, nowMs);
        if (_restartPeerClock)
        {
            _restartPeerClock = false;
            _lastReceivedMs = _nowMs;
            if (_phase == ConnectionPhase.Established && _answerDeadlineMs != long.MaxValue)
            {
                _answerDeadlineMs = After(_nowMs, _settings.PingResponseTimeoutMs);
            }
        }
    }

    /// <summary>The peer could not be heard for a while, or starts to be obliged now: its silence counts from the next call on.</summary>
    private void RestartPeerClock() => _restartPeerClock = true;

    private long PeerDeadlineMs()
    {
        if (_keepAliveSeconds == 0 || IsPaused)
        {
            return long.MaxValue;
        }

        return _restartPeerClock ? _nowMs : After(_lastReceivedMs, _keepAliveSeconds * 1500L);
    }

    private long PingDueMs() =>
        _keepAliveSeconds == 0 || _answerDeadlineMs != long.MaxValue ? long.MaxValue : After(_lastSentMs, _keepAliveSeconds * 1000L);

    private void SendPing()
    {
        OutgoingPing packet = new(MqttPacketType.PingReq);
        WriteRequired(ref packet);
        _answerDeadlineMs = Math.Min(_answerDeadlineMs, After(_nowMs, _settings.PingResponseTimeoutMs));
    }

    private void HandlePing(MqttPacketType type, ReadOnlySpan<byte> body)
    {
        if (!body.IsEmpty)
        {
            throw MqttProtocolException.Malformed($"{type} has a body.");
        }

        if (type == MqttPacketType.PingReq)
        {
            OutgoingPing answer = new(MqttPacketType.PingResp); // [MQTT-3.12.4-1]
            WriteRequired(ref answer);
            return;
        }

        _answerDeadlineMs = long.MaxValue;
        _handler.OnPingResponse();
    }

    private void LetGo()
    {
        if (_incoming is { IsEmpty: true, Unfinished: 0 })
        {
            _incoming = null;
        }

        if (_outgoing is { IsEmpty: true })
        {
            _outgoing = null;
        }

        if (_requests is { Count: 0 })
        {
            _requests = null;
        }
    }
}
