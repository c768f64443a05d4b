namespace Restante.Contracts;

/// <summary>The last event of an event stream: why the gateway ends it. The reader reconnects with <c>Last-Event-ID</c>.</summary>
public sealed record StreamEnd
{
    /// <summary><c>draining</c>, <c>token-expired</c>, <c>policy-removed</c>, <c>credential-changed</c>, <c>scope-changed</c>,
    /// <c>rights-changed</c> or <c>unavailable</c>.</summary>
    public required string Reason { get; init; }
}
