namespace Restante.Net.Buffers;

/// <summary>Unwinds a session that writes beyond the output cap; the loop ends the connection.</summary>
internal sealed class OutputLimitException() : Exception("The peer does not read: the cap on pending output is reached.");
