using Microsoft.Extensions.Logging;

namespace Restante.Server.Secrets;

internal static partial class Log
{
    [LoggerMessage(7101, LogLevel.Information, "Master key {Id} is current now; {Old} old keys only open what they have sealed")]
    public static partial void MasterKeysTaken(ILogger logger, string id, int old);

    [LoggerMessage(7102, LogLevel.Error, "The master keys were not taken; key {Id} stays current. {Cause}")]
    public static partial void MasterKeysKept(ILogger logger, string id, string cause);

    [LoggerMessage(7103, LogLevel.Information, "The secrets in the store are being sealed anew with master key {Id}")]
    public static partial void SealingAnew(ILogger logger, string id);

    [LoggerMessage(7104, LogLevel.Information, "{Count} secrets have been sealed anew with master key {Id} so far")]
    public static partial void SealedSoFar(ILogger logger, long count, string id);

    [LoggerMessage(7105, LogLevel.Information,
        "All secrets are sealed with master key {Id}; {Count} were sealed anew. No older key is needed")]
    public static partial void SealedAnew(ILogger logger, long count, string id);

    [LoggerMessage(
        7106, LogLevel.Error,
        "{Count} secrets were sealed anew with master key {Id}; {Unreadable} do not open and stay "
            + "as they are. 'restante doctor' names them")]
    public static partial void SealedAnewExcept(ILogger logger, long count, string id, long unreadable);

    [LoggerMessage(7107, LogLevel.Warning, "The master key {File} can be read by other users. Take the right away: chmod 600")]
    public static partial void MasterKeyIsOpen(ILogger logger, string file);
}
