namespace Restante.Core.Streams;

/// <summary>How a starting place is named.</summary>
public enum StreamStartKind
{
    /// <summary>The oldest record that is still kept.</summary>
    Earliest,

    /// <summary>After the newest record.</summary>
    Latest,

    /// <summary>At a sequence number.</summary>
    SequenceNumber,

    /// <summary>At an offset.</summary>
    Offset,

    /// <summary>At the first record accepted at or after a time.</summary>
    Time,
}
