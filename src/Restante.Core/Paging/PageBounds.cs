namespace Restante.Core.Paging;

/// <summary>Where a page ends.</summary>
/// <param name="Items">So many items, at least 1.</param>
/// <param name="Bytes">So many bytes; one item is on the page whatever it has.</param>
/// <param name="Step">
/// So many items are read from the store at once, at least 1: what may be read in vain, where a page ends by its bytes.
/// </param>
public readonly record struct PageBounds(int Items, int Bytes, int Step)
{
    /// <summary>The step for what is small: ids, tags, names.</summary>
    public const int UsualStep = 50;

    /// <summary>The step for messages with their contents.</summary>
    public const int ContentStep = 8;

    /// <summary>
    /// The step for streams of which the reader is not shown all: a block of a stream is read and checked whole, however few of its records
    /// are wanted.
    /// </summary>
    public const int ScopedStep = 200;

    /// <summary>
    /// When so many records were looked at the page of a reader that is not shown all ends; then it comes again.
    /// </summary>
    public const int MaxLookedAt = 10_000;
}
