namespace Restante.Amqp;

/// <summary>Time-outs and heartbeats, driven from outside. [AMQP 2.4.5]</summary>
public sealed partial class AmqpConnection
{
    private long _nowMs;
    private long _startedMs;
    private long _receivedMs;
    private long _sentMs;
    private long _closingMs;
    private uint _heartbeatMs;

    /// <summary>When <see cref="Tick"/> should be called next; <see cref="long.MaxValue"/> for no need. It may be called earlier.</summary>
    public long NextDeadlineMs
    {
        get
        {
            switch (State)
            {
                case AmqpConnectionState.Handshake:
                    return Settings.HandshakeTimeoutMs == 0 ? long.MaxValue : _startedMs + Settings.HandshakeTimeoutMs;
                case AmqpConnectionState.Open:
                    long idle = Settings.IdleTimeoutMs == 0 ? long.MaxValue : _receivedMs + Settings.IdleTimeoutMs;
                    long heartbeat = _heartbeatMs == 0 ? long.MaxValue : _sentMs + _heartbeatMs;
                    return Math.Min(idle, heartbeat);
                case AmqpConnectionState.Closing:
                    return _closingMs + Settings.CloseTimeoutMs;
                default:
                    return long.MaxValue;
            }
        }
    }

    /// <summary>Does what is due by now: a heartbeat, or an end for want of one.</summary>
    public void Tick(long nowMs)
    {
        _nowMs = Math.Max(_nowMs, nowMs);
        if (_nowMs < NextDeadlineMs)
            return;
        switch (State)
        {
            case AmqpConnectionState.Handshake:
                BeginClosing(new AmqpError(AmqpConditions.ResourceLimitExceeded, "The handshake took too long."), awaitsPeer: false);
                break;
            case AmqpConnectionState.Open when Settings.IdleTimeoutMs != 0 && _nowMs >= _receivedMs + Settings.IdleTimeoutMs:
                BeginClosing(new AmqpError(AmqpConditions.ResourceLimitExceeded, "Nothing was heard for too long."), awaitsPeer: true);
                break;
            case AmqpConnectionState.Open:
                SendHeartbeat();
                break;
            case AmqpConnectionState.Closing:
                Finish(_closeError, byPeer: false);
                break;
            default:
                break;
        }
    }
}
