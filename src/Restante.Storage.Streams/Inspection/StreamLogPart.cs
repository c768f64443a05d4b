using Microsoft.Win32.SafeHandles;

namespace Restante.Storage.Streams.Inspection;

/// <summary>A file of a copy of the log. Good until the next one is asked for.</summary>
/// <param name="Name">Its name in the log's directory.</param>
/// <param name="File">Where its bytes are, from the first on; null when they are in <paramref name="Bytes"/>.</param>
/// <param name="Length">How many bytes belong to it.</param>
/// <param name="Bytes">The bytes themselves, of a small file.</param>
public sealed record StreamLogPart(string Name, SafeFileHandle? File, long Length, ReadOnlyMemory<byte> Bytes);
