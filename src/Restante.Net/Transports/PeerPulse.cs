namespace Restante.Net.Transports;

/// <summary>
/// Whether the peer of a WebSocket is there: pings it when either side was silent for a while, and finds it gone when no byte at all comes
/// for too long after that. What was not read cannot be judged: while the connection is paused there is no verdict.
/// </summary>
/// <param name="stream">The bytes below the WebSocket.</param>
/// <param name="intervalMs">The silence before a ping.</param>
/// <param name="timeoutMs">The silence after it that is too long.</param>
/// <param name="nowMs">The time.</param>
internal sealed class PeerPulse(WebSocketStream stream, long intervalMs, long timeoutMs, long nowMs)
{
    private long _pingedAtMs;
    private int _pingedInRead;
    private int _heard;
    private int _written;
    private bool _isPinged;

    /// <summary>When <see cref="Check"/> wants to be called; <see cref="long.MaxValue"/> for never again.</summary>
    public long NextMs { get; private set; } = nowMs + intervalMs;

    /// <summary>Looks after the peer; false when it is gone.</summary>
    /// <param name="nowMs">The time.</param>
    /// <param name="read">The number of the read that is under way; 0 for none.</param>
    public bool Check(long nowMs, int read)
    {
        if (nowMs < NextMs)
            return true;
        bool isSilent = stream.Heard == _heard;
        if (_isPinged && isSilent && read != 0 && read == _pingedInRead)
            return false;
        if (_isPinged && !isSilent && _pingedAtMs + intervalMs > nowMs)
        {
            _isPinged = false;
            NextMs = _pingedAtMs + intervalMs;
            return true;
        }

        _isPinged = isSilent || stream.Written == _written;
        _heard = stream.Heard;
        _written = stream.Written;
        NextMs = nowMs + (_isPinged ? timeoutMs : intervalMs);
        if (!_isPinged)
            return true;
        _pingedAtMs = nowMs;
        _pingedInRead = read;
        stream.Ping();
        return true;
    }

    /// <summary>A closing frame is on its way: no more pings. [RFC 6455 5.5.1]</summary>
    public void Stop() => NextMs = long.MaxValue;
}
