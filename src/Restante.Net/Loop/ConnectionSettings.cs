namespace Restante.Net.Loop;

/// <summary>What the connections of one listener, or of one kind of client, share: one reference per connection.</summary>
internal sealed record ConnectionSettings(NetworkHost Host, string Protocol, ConnectionLimits Limits, TimeSpan? FirstBytesTimeout, ConnectionSet Set)
{
    public long WriteTimeoutMs => (long)Limits.WriteTimeout.TotalMilliseconds;

    public long CloseTimeoutMs => (long)Limits.CloseTimeout.TotalMilliseconds;
}
