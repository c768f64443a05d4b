namespace Restante.Core.Sessions;

/// <summary>An authenticated connection, so that it can be ended from outside.</summary>
public interface ILiveConnection
{
    /// <summary>Tells the peer why and closes. Called from any thread, at most a few times; must not block.</summary>
    void End(EndReason reason, string description);
}
