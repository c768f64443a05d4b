using Restante.Core.Inquiries;

namespace Restante.Storage.Conformance.Memory;

/// <summary>An inquiry with what only the store knows.</summary>
internal sealed class MemoryInquiry
{
    public required InquiryRecord Record { get; set; }

    public required long Device { get; init; }

    public required byte[] Content { get; init; }

    /// <summary>Everybody who was handed it.</summary>
    public HashSet<string> Handlers { get; } = new(StringComparer.Ordinal);

    /// <summary>When its lease lapses; null unless it is leased.</summary>
    public long? LeasedUntilMs { get; set; }

    /// <summary>True when a handler has accepted or answered it.</summary>
    public bool IsKept { get; set; }

    /// <summary>Its place in the feed of ended inquiries; 0 when it is not told there.</summary>
    public long EndNumber { get; set; }

    public bool IsOpen => Record.Outcome is null;

    public bool IsWaiting => IsOpen && !IsKept && LeasedUntilMs is null;
}
