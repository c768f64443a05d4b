using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Restante.Amqp.Messaging;
using Restante.Client;
using Restante.Client.Amqp;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Crashes;

/// <summary>A device that sends numbered telemetry and accepts its mail, for as long as the gateway lives.</summary>
internal sealed class CrashDevice(string id, string key)
{
    private readonly ConcurrentQueue<long> _received = new();
    private readonly ConcurrentQueue<long> _telemetry = new();
    private readonly ConcurrentQueue<string> _delivered = new();
    private long _next;

    public string Id { get; } = id;

    /// <summary>The numbers of the commands in the order in which they came, repetitions too.</summary>
    public IReadOnlyCollection<long> Received => _received;

    /// <summary>The numbers of the telemetry that was acknowledged.</summary>
    public IReadOnlyCollection<long> AcknowledgedTelemetry => _telemetry;

    /// <summary>Commands that came although their outcome had been seen before.</summary>
    public IReadOnlyCollection<string> DeliveredAfterConfirmation => _delivered;

    public async Task LiveAsync(GatewayProcess gateway, NetworkHost network, CrashService service, CancellationToken killed)
    {
        try
        {
            await using AmqpClient client = await AmqpClient.ConnectAsync(network, gateway.AmqpEndpoint(Id, key), Id, killed);
            Task telemetry = SendTelemetryAsync(await client.OpenSenderAsync("telemetry", killed), service, killed);
            await ReceiveAsync(await client.OpenReceiverAsync("mailbox", 10, killed), service, killed);
            await telemetry;
        }
        catch (Exception e) when (e is ClientException or OperationCanceledException or IOException
            or global::System.Net.Sockets.SocketException or global::System.Security.Authentication.AuthenticationException)
        {
            // The gateway was killed.
        }
    }

    private async Task ReceiveAsync(AmqpReceiver mailbox, CrashService service, CancellationToken killed)
    {
        while (true)
        {
            AmqpReceived message = await mailbox.ReceiveAsync(killed);
            string command = (string)message.Message.Properties!.MessageId!;
            _received.Enqueue(long.Parse(command.AsSpan(command.LastIndexOf('/') + 1), CultureInfo.InvariantCulture));
            if (service.Confirmed.ContainsKey(command))
                _delivered.Enqueue(command);
            message.Accept();
        }
    }

    private async Task SendTelemetryAsync(AmqpSender sender, CrashService service, CancellationToken killed)
    {
        try
        {
            while (!killed.IsCancellationRequested)
            {
                long number = _next++;
                DeliveryState? state = await sender.SendAsync(
                    AmqpMessage.FromData(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture))));
                if (state is not Accepted)
                    continue;
                _telemetry.Enqueue(number);
                service.Advanced();
            }
        }
        catch (ClientException)
        {
            // The gateway was killed; what was under way may or may not be stored.
        }
    }
}
