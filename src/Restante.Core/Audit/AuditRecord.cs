namespace Restante.Core.Audit;

/// <summary>An entry as it is kept.</summary>
/// <param name="Number">Its number; entries are numbered from 1 without gaps.</param>
/// <param name="Line">The entry as one JSON object in UTF-8, to the byte as the chain was made over it.</param>
public readonly record struct AuditRecord(long Number, ReadOnlyMemory<byte> Line);
