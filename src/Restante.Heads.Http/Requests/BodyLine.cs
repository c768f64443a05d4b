namespace Restante.Heads.Http.Requests;

/// <summary>A line of a body.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Bytes">What it holds, without its end; null when that is more than allowed.</param>
internal readonly record struct BodyLine(int Number, byte[]? Bytes);
