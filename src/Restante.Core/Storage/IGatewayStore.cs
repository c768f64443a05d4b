namespace Restante.Core.Storage;

/// <summary>
/// Everything the gateway keeps. Each call is one transaction; writes are durable when their task completes, and a task that
/// fails with <see cref="StoreUnavailableException"/> has changed nothing. Calls may come from any thread. The store reads no
/// clock: time comes with the call, in milliseconds since the Unix epoch.
/// </summary>
public interface IGatewayStore : IAsyncDisposable
{
    /// <summary>Devices, policies and client sessions.</summary>
    IRegistryStore Registry { get; }

    /// <summary>Mailboxes and outcomes.</summary>
    IMailboxStore Mailboxes { get; }

    /// <summary>Telemetry and events.</summary>
    IStreamStore Streams { get; }
}
