using Restante.Amqp.Messaging;
using Restante.Client.Amqp;
using Restante.Client.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Bench;

/// <summary>A device of a bench that is connected and has its mailbox attached, over either protocol.</summary>
internal sealed class FleetDevice
{
    private readonly AmqpClient? _amqp;
    private readonly AmqpReceiver? _mailbox;
    private readonly MqttClient? _mqtt;
    private AmqpSender? _inquiries;

    private FleetDevice(AmqpClient amqp, AmqpReceiver mailbox)
    {
        _amqp = amqp;
        _mailbox = mailbox;
    }

    private FleetDevice(MqttClient mqtt) => _mqtt = mqtt;

    /// <summary>Connects a device and attaches its mailbox.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="options">Which protocol.</param>
    /// <param name="id">Which device; it is registered.</param>
    /// <param name="credit">How many messages may come at once, on AMQP.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<FleetDevice> OpenAsync(
        ServerUnderTest server, BenchOptions options, string id, int credit, CancellationToken cancellation)
    {
        if (options.Protocol == "mqtt")
        {
            var terms = new MqttDeviceOptions { ClientId = id, KeepAliveSeconds = 1_200 };
            MqttClient mqtt = await MqttClient.ConnectAsync(server.Network, server.Mqtt(id, Fleet.Key(id)), terms, cancellation);
            await mqtt.SubscribeAsync("mailbox/#", MqttQos.AtLeastOnce, cancellation);
            return new FleetDevice(mqtt);
        }

        AmqpClient amqp = await AmqpClient.ConnectAsync(server.Network, server.Amqp(id, Fleet.Key(id)), id, cancellation);
        return new FleetDevice(amqp, await amqp.OpenReceiverAsync("mailbox", credit, cancellation));
    }

    /// <summary>Connects many.</summary>
    public static async Task<FleetDevice[]> OpenAllAsync(ServerUnderTest server, BenchOptions options, int first, int count, int credit)
    {
        var devices = new FleetDevice[count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (number, cancellation) =>
                devices[number] = await OpenAsync(server, options, Fleet.Id(first + number), credit, cancellation));
        return devices;
    }

    /// <summary>The next message of the mailbox.</summary>
    public async ValueTask<Mail> ReceiveAsync(CancellationToken cancellation)
    {
        if (_mqtt is not null)
        {
            MqttReceived publish = await _mqtt.ReceiveAsync(cancellation);
            return new Mail(publish.Payload, publish.Accept);
        }

        AmqpReceived transfer = await _mailbox!.ReceiveAsync(cancellation);
        return new Mail(transfer.Message.Data, transfer.Accept);
    }

    /// <summary>Asks a question; it is stored when this returns.</summary>
    /// <param name="subject">What it is about.</param>
    /// <param name="id">Its id.</param>
    /// <param name="body">The question.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task AskAsync(string subject, string id, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        if (_mqtt is not null)
        {
            MqttReasonCode code = await _mqtt.PublishAsync($"inquiries/{subject}/{id}", body);
            if (code != MqttReasonCode.Success)
                throw new BenchException($"A question was not taken: {code}");
            return;
        }

        _inquiries ??= await _amqp!.OpenSenderAsync("inquiries/" + subject, cancellation);
        AmqpMessage question = AmqpMessage.FromData(body);
        question.Properties = new MessageProperties { MessageId = id };
        DeliveryState? state = await _inquiries.SendAsync(question);
        if (state is not Accepted)
            throw new BenchException($"A question was not taken: {state}");
    }

    /// <summary>Cuts the connection.</summary>
    public void Abort()
    {
        _amqp?.Abort();
        _mqtt?.Abort();
    }
}

/// <summary>A message that a device of a bench has received.</summary>
/// <param name="Body">Its body.</param>
/// <param name="Accept">Settles it as accepted.</param>
internal readonly record struct Mail(ReadOnlyMemory<byte> Body, Func<bool> Accept);
