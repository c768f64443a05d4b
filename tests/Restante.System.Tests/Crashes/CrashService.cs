using System.Collections.Concurrent;
using System.Text;
using Restante.Amqp.Messaging;
using Restante.Client;
using Restante.Client.Amqp;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Crashes;

/// <summary>A service that sends numbered commands to each device and notes which were acknowledged and which outcomes it has seen.</summary>
internal sealed class CrashService
{
    private readonly ConcurrentDictionary<string, byte> _acknowledged = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _next = [];
    private TaskCompletionSource? _goal;
    private TaskCompletionSource? _allEnded;
    private int _left;

    /// <summary>The ids of the commands that were acknowledged.</summary>
    public ICollection<string> Acknowledged => _acknowledged.Keys;

    /// <summary>Commands whose acceptance was confirmed by their outcome.</summary>
    public ConcurrentDictionary<string, byte> Confirmed { get; } = new();

    /// <summary>Ends when so many more things have been acknowledged.</summary>
    public Task Progress(int steps)
    {
        lock (_gate)
        {
            _left = steps;
            _goal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _goal.Task;
        }
    }

    /// <summary>Ends when each acknowledged command has an outcome.</summary>
    public Task AllEnded()
    {
        lock (_gate)
        {
            _allEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            CheckAllEnded();
            return _allEnded.Task;
        }
    }

    public void Advanced()
    {
        lock (_gate)
        {
            if (--_left <= 0)
                _goal?.TrySetResult();
        }
    }

    public async Task SendAsync(GatewayProcess gateway, NetworkHost network, List<CrashDevice> fleet, CancellationToken killed)
    {
        try
        {
            await using AmqpClient client = await AmqpClient.ConnectAsync(network, gateway.ServiceEndpoint(), "crash-sender", killed);
            AmqpSender sender = await client.OpenSenderAsync("devices", killed);
            await Task.WhenAll(fleet.Select(device => SendAsync(sender, device.Id, killed)));
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The gateway was killed.
        }
    }

    public async Task WatchOutcomesAsync(GatewayProcess gateway, NetworkHost network, CancellationToken killed)
    {
        try
        {
            await using AmqpClient client = await AmqpClient.ConnectAsync(network, gateway.ServiceEndpoint(), "crash-watcher", killed);
            AmqpReceiver outcomes = await client.OpenReceiverAsync("outcomes", 100, killed);
            while (true)
            {
                AmqpReceived outcome = await outcomes.ReceiveAsync(killed);
                Confirmed[(string)outcome.Message.Properties!.CorrelationId!] = 0;
                outcome.Accept();
                lock (_gate)
                    CheckAllEnded();
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The gateway was killed, or the test is done.
        }
    }

    private static bool IsEnd(Exception e) => e is ClientException or OperationCanceledException or IOException
        or global::System.Net.Sockets.SocketException or global::System.Security.Authentication.AuthenticationException;

    private async Task SendAsync(AmqpSender sender, string device, CancellationToken killed)
    {
        try
        {
            while (!killed.IsCancellationRequested)
            {
                long number;
                lock (_gate)
                {
                    number = _next.GetValueOrDefault(device) + 1;
                    _next[device] = number;
                }

                string id = $"{device}/{number}";
                AmqpMessage message = AmqpMessage.FromData(Encoding.ASCII.GetBytes(id));
                message.Properties = new MessageProperties { To = device, MessageId = id };
                DeliveryState? state = await sender.SendAsync(message);
                if (state is not Accepted)
                    continue;
                _acknowledged[id] = 0;
                Advanced();
            }
        }
        catch (ClientException)
        {
            // The gateway was killed; the command under way may or may not be stored.
        }
    }

    private void CheckAllEnded()
    {
        if (_allEnded is not null && _acknowledged.Keys.All(Confirmed.ContainsKey))
            _allEnded.TrySetResult();
    }
}
