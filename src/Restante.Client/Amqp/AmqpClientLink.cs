using Restante.Amqp;

namespace Restante.Client.Amqp;

/// <summary>What sender and receiver share.</summary>
public abstract class AmqpClientLink
{
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _address;

    private protected AmqpClientLink(AmqpClient client, string address)
    {
        Client = client;
        _address = address;
    }

    internal Task Attached => _attached.Task;

    private protected AmqpClient Client { get; }

    private protected AmqpLink? Link { get; private set; }

    internal void OnAttached(AmqpLink link)
    {
        Link = link;
        Begin();
        _attached.TrySetResult();
    }

    internal virtual void OnFlow()
    {
    }

    internal void OnDetached(AmqpError? error)
    {
        Link = null;
        string why = error is null ? "the connection has ended" : $"{error.Condition.Value}: {error.Description}";
        var gone = new ClientException($"The link to '{_address}' is closed: {why}", error?.Condition.Value);
        _attached.TrySetException(gone);
        _ = _attached.Task.Exception; // A refusal that nobody waits for is no fault.
        Stop(gone);
    }

    private protected virtual void Begin()
    {
    }

    private protected abstract void Stop(ClientException why);
}
