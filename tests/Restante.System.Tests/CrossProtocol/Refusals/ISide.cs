namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>One end of a conversation in which something is refused.</summary>
internal interface ISide : IAsyncDisposable
{
    /// <summary>
    /// Does good work on the same connection, or on a new one where the answer was the end of the old; true when the gateway takes it.
    /// </summary>
    Task<bool> WorksAsync();
}
