namespace Restante.Core.Inquiries;

/// <summary>The receipt for an answer.</summary>
/// <param name="Number">Its place among the answers, from 1.</param>
/// <param name="IsDuplicate">True when it was there already and nothing was changed.</param>
public readonly record struct StoredAnswer(int Number, bool IsDuplicate);
