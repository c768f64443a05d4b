namespace Restante.Core.States;

/// <summary>A connection of a device that wants to know of changes of <c>desired</c>.</summary>
public interface IStateListener
{
    /// <summary>
    /// <c>desired</c> has changed and is durable; read it. Called from any thread, must not block and must not call back into the state
    /// documents; a connection posts to its loop. Of several changes made at once the calls may come in any order: the one read is the
    /// newest.
    /// </summary>
    /// <param name="version">The version that the change made.</param>
    void OnDesiredChanged(long version);
}
