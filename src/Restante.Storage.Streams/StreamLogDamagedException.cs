namespace Restante.Storage.Streams;

/// <summary>
/// Records that were acknowledged cannot be read back: bytes of the log have changed or a file of it is gone. The store does not
/// go on by itself, because that would hide a loss; the message says where the damage is and what an operator can do.
/// </summary>
public sealed class StreamLogDamagedException : Exception
{
    /// <summary>What an operator can do, as a sentence.</summary>
    public const string Mend = "Restore this file from a backup; or, to go on without what it holds, stop the gateway, rename the file by "
        + "adding .damaged to its name (when it is gone: make an empty file of that name), keep it there, and start again: its records are "
        + "then reported to readers as dropped.";

    /// <summary>Creates the exception.</summary>
    /// <param name="file">The damaged file.</param>
    /// <param name="position">Where in the file, in bytes.</param>
    /// <param name="what">What is wrong there.</param>
    public StreamLogDamagedException(string file, long position, string what)
        : base($"The stream log is damaged: {what}, in {file} at byte {position}. To mend: {Mend}")
    {
        File = file;
        Position = position;
        What = what;
    }

    /// <summary>What is wrong there, without a full stop.</summary>
    public string What { get; }

    /// <summary>The damaged file.</summary>
    public string File { get; }

    /// <summary>Where in the file, in bytes.</summary>
    public long Position { get; }
}
