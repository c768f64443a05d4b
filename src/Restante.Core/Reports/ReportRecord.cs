using Restante.Core.Devices;
using Restante.Core.Mailboxes;

namespace Restante.Core.Reports;

/// <summary>
/// What a device sent back about a command. Kept as long as the command: until the retention of its outcome ends, also after the device was
/// removed.
/// </summary>
public sealed record ReportRecord
{
    /// <summary>Its place in the feed of all reports, starting at 1.</summary>
    public required long FeedNumber { get; init; }

    /// <summary>The command it is about.</summary>
    public required Sequence Command { get; init; }

    /// <summary>Its place among the reports on that command, 1, 2, 3 and so on.</summary>
    public required int Number { get; init; }

    /// <summary>True when no other follows.</summary>
    public required bool IsFinal { get; init; }

    /// <summary>The device, as authenticated.</summary>
    public required DeviceId Device { get; init; }

    /// <summary>When it was stored, in milliseconds since the Unix epoch.</summary>
    public required long AtMs { get; init; }

    /// <summary>The report.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }
}
