namespace Restante.Core.Storage;

/// <summary>What a sweep of the history did.</summary>
/// <param name="Dropped">How many entries were past the limits.</param>
/// <param name="More">True when there is more to do at the same instant.</param>
public readonly record struct HistorySweep(int Dropped, bool More);
