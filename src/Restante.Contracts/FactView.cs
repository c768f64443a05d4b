namespace Restante.Contracts;

/// <summary>A fact of an explanation.</summary>
public sealed record FactView
{
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Its short name: <c>enqueued</c>, <c>handed-out</c>, <c>disconnected</c>, <c>expired</c>, and so on.</summary>
    public required string What { get; init; }

    /// <summary>A sentence.</summary>
    public required string Text { get; init; }
}
