namespace Restante.Storage.Streams.Commits;

/// <summary>What is not known about the bytes behind the end of the newest segment.</summary>
internal enum WriteDoubt
{
    /// <summary>They are zeros.</summary>
    None,

    /// <summary>A write to them began and did not succeed: they are overwritten before the next commit.</summary>
    Written,

    /// <summary>
    /// The medium did not confirm them. The system may have forgotten which pages are not on the medium, so the segment is not
    /// written any more.
    /// </summary>
    Synced,
}
