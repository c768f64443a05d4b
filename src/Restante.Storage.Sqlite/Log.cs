using Microsoft.Extensions.Logging;

namespace Restante.Storage.Sqlite;

internal static partial class Log
{
    [LoggerMessage(
        6101, LogLevel.Information,
        "Store {Path} opened: {Devices} devices, {Messages} messages waiting in {Mailboxes} mailboxes, read in {Elapsed} ms")]
    public static partial void Opened(ILogger logger, string path, long devices, long messages, long mailboxes, long elapsed);

    [LoggerMessage(6102, LogLevel.Error, "The store cannot write; {Calls} calls were refused. It goes on by itself once it can")]
    public static partial void CommitFailed(ILogger logger, int calls, Exception failure);

    [LoggerMessage(6103, LogLevel.Information, "The store can write again")]
    public static partial void Recovered(ILogger logger);

    [LoggerMessage(6104, LogLevel.Error, "The store could not write one call ({Operation}); the others of its batch were not touched")]
    public static partial void OperationFailed(ILogger logger, string operation, Exception failure);

    [LoggerMessage(
        6105, LogLevel.Critical,
        "The store stopped: what it holds in memory differs from what it has written. Restart the process")]
    public static partial void Broken(ILogger logger, Exception failure);

    [LoggerMessage(6106, LogLevel.Warning, "The write-ahead log could not be copied into the database; it is tried again")]
    public static partial void CheckpointFailed(ILogger logger, Exception failure);

    [LoggerMessage(
        6107, LogLevel.Error,
        "Message {Sequence} does not match its checksum: the file has been damaged. The message ends as undeliverable")]
    public static partial void MessageDamaged(ILogger logger, long sequence);

    [LoggerMessage(
        6109, LogLevel.Error,
        "Shelved message {Sequence} does not match its checksum: the file has been damaged. It is not sent again")]
    public static partial void ShelvedDamaged(ILogger logger, long sequence);

    [LoggerMessage(
        6110, LogLevel.Warning,
        "The write-ahead log of {Path} ended in a commit that was never finished: {Bytes} bytes from byte {Position} on are not used")]
    public static partial void TornTailUnused(ILogger logger, string path, long position, long bytes);

    [LoggerMessage(
        6111, LogLevel.Error,
        "A secret does not open and lets nobody in: {Purpose} of {Identity}. {Why}. Put another in its place, or restore a backup")]
    public static partial void SecretUnreadable(ILogger logger, string purpose, string identity, string why);

    [LoggerMessage(6108, LogLevel.Information, "Store {Path} closed")]
    public static partial void Closed(ILogger logger, string path);
}
