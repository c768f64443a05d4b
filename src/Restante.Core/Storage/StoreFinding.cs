namespace Restante.Core.Storage;

/// <summary>Something that a check of what is stored has found.</summary>
/// <param name="IsFault">True for what has to be mended; false for what is only worth knowing.</param>
/// <param name="File">The file or directory it is about.</param>
/// <param name="Position">Where in the file, in bytes; null for the whole of it, and where the database has no such place.</param>
/// <param name="What">What is wrong, without a full stop.</param>
/// <param name="Mend">What can be done about it, as a sentence.</param>
public sealed record StoreFinding(bool IsFault, string File, long? Position, string What, string Mend);
