using Restante.Core.Storage;

namespace Restante.Core.Tests.Support;

/// <summary>A store whose mailboxes can be stopped between a call and its answer.</summary>
internal sealed class HookedStore(IGatewayStore inner) : IGatewayStore
{
    public HookedMailboxes Hooks { get; } = new(inner.Mailboxes);

    public IRegistryStore Registry => inner.Registry;

    public IMailboxStore Mailboxes => Hooks;

    public IStreamStore Streams => inner.Streams;

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
