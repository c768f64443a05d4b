using Microsoft.Extensions.Logging;

namespace Restante.Storage.Streams;

/// <summary>What the stream log tells the operator.</summary>
internal static partial class Log
{
    [LoggerMessage(6001, LogLevel.Warning,
        "The stream log {File} ended in a commit that was never finished: {Bytes} bytes from byte {Position} on were cut off")]
    public static partial void TornTailCut(ILogger logger, string file, long position, long bytes);

    [LoggerMessage(
        6002, LogLevel.Warning,
        "The manifest of the stream log in {Directory} was missing or damaged and was made again from the segments")]
    public static partial void ManifestRebuilt(ILogger logger, string directory);

    [LoggerMessage(6003, LogLevel.Warning, "The segment {File} has been set aside; its records are reported to readers as dropped")]
    public static partial void SegmentSetAside(ILogger logger, string file);

    [LoggerMessage(6004, LogLevel.Error, "The stream log in {Directory} could not commit; {Records} records were refused")]
    public static partial void CommitFailed(ILogger logger, string directory, int records, Exception exception);

    [LoggerMessage(6005, LogLevel.Information, "The stream log in {Directory} commits again")]
    public static partial void CommitsAgain(ILogger logger, string directory);

    [LoggerMessage(6006, LogLevel.Warning, "Upkeep of the stream log in {Directory} failed; it is tried again after the next segment")]
    public static partial void UpkeepFailed(ILogger logger, string directory, Exception exception);

    [LoggerMessage(6007, LogLevel.Warning, "The index of {File} was missing or damaged and was made again from the segment")]
    public static partial void IndexRebuilt(ILogger logger, string file);

    [LoggerMessage(6008, LogLevel.Information, "The stream log dropped {Segments} segments with {Bytes} bytes")]
    public static partial void Retained(ILogger logger, int segments, long bytes);

    [LoggerMessage(6009, LogLevel.Warning, "A dropped segment {File} could not be deleted; it is deleted at the next start")]
    public static partial void DeleteFailed(ILogger logger, string file, Exception exception);

    [LoggerMessage(6010, LogLevel.Information,
        "The stream log in {Directory} is open: {Partitions} partitions, {Segments} segments, {Bytes} bytes")]
    public static partial void Opened(ILogger logger, string directory, int partitions, int segments, long bytes);
}
