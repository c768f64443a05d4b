namespace Restante.Storage.Sqlite.Secrets;

/// <summary>What one step of sealing anew has done.</summary>
/// <param name="Sealed">Secrets that were sealed under the current key.</param>
/// <param name="Unreadable">Secrets that do not open; they were left as they are.</param>
/// <param name="IsLast">True when no row is left to look at.</param>
public readonly record struct SealingStep(int Sealed, int Unreadable, bool IsLast);
