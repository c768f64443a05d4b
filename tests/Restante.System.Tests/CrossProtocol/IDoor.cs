namespace Restante.System.Tests.CrossProtocol;

/// <summary>A device's way to its mail.</summary>
internal interface IDoor : IAsyncDisposable
{
    /// <summary>What every door says when it rejects.</summary>
    const string Reason = "no such door";

    /// <summary>What is kept with the outcome when the device rejects: its reason, or the gateway's words where it gives none.</summary>
    string Kept { get; }

    /// <summary>The next message.</summary>
    Task<Arrived> ReceiveAsync(CancellationToken cancellation);
}
