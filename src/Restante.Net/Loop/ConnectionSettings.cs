namespace Restante.Net.Loop;

/// <summary>What the connections of one listener and protocol, or of one kind of client, share: one reference per connection.</summary>
internal sealed record ConnectionSettings(
    NetworkHost Host, string Protocol, ConnectionLimits Limits, TimeSpan? FirstBytesTimeout, ConnectionSet Set, bool IsWebSocket = false)
{
    public long WriteTimeoutMs => (long)Limits.WriteTimeout.TotalMilliseconds;

    public long CloseTimeoutMs => (long)Limits.CloseTimeout.TotalMilliseconds;
}
