namespace Restante.Core.History;

/// <summary>A fact of an explanation.</summary>
/// <param name="AtMs">When, in milliseconds since the Unix epoch.</param>
/// <param name="What">Its short name: <c>enqueued</c>, the name of a <see cref="HistoryEvent"/>, or that of an outcome.</param>
/// <param name="Text">A sentence.</param>
public readonly record struct Fact(long AtMs, string What, string Text);
