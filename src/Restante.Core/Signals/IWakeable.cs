namespace Restante.Core.Signals;

/// <summary>
/// Something that waits for news. <see cref="Wake"/> is called from any thread, must not block and must not call back into the
/// source of the news; a connection posts to its loop.
/// </summary>
public interface IWakeable
{
    /// <summary>There is news; look again.</summary>
    void Wake();
}
