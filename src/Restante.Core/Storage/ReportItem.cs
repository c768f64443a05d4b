using Restante.Core.Devices;
using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>A report of a device on a command.</summary>
public sealed record ReportItem
{
    /// <summary>What a report counts beyond its content, in bytes, as keeping an empty one takes room too.</summary>
    public const int Overhead = 128;

    /// <summary>Who reports.</summary>
    public required DeviceNumber Device { get; init; }

    /// <summary>On what.</summary>
    public required Sequence Command { get; init; }

    /// <summary>Its place among the reports on that command, from 1; 0 for the next one.</summary>
    public int Number { get; init; }

    /// <summary>True when no other follows.</summary>
    public required bool IsFinal { get; init; }

    /// <summary>The report. The store copies it before the call returns.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>How many bytes it counts among those of its device.</summary>
    public long Bytes => Content.Length + Overhead;
}
