using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Restante.Amqp.Messaging;
using Restante.Client.Amqp;
using Restante.Client.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.System.Tests.Abuse;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Attacks;

/// <summary>
/// Who behaves, on connections from before any attack: a service sends a command to a device on AMQP, a device on MQTT sends telemetry, and
/// an operator asks over HTTPS, one after the other without a pause. How long each took is kept.
/// </summary>
internal sealed class GoodClient(GatewayProcess gateway) : IAsyncDisposable
{
    private const string Sensor = "good-mqtt";
    private const string Machine = "good-amqp";

    private readonly NetworkHost _network = new();
    private readonly List<AmqpClient> _clients = [];
    private AmqpReceiver _mailbox = null!;
    private AmqpSender _commands = null!;
    private MqttClient _mqtt = null!;
    private HttpClient _http = null!;
    private int _number;

    /// <summary>Connects everybody.</summary>
    public static async Task<GoodClient> StartAsync(GatewayProcess gateway)
    {
        var client = new GoodClient(gateway);
        try
        {
            await client.ConnectAsync();
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Works for so long, and once at the least.</summary>
    public async Task<Waits> WorkAsync(TimeSpan duration)
    {
        var waits = new Waits();
        long began = Stopwatch.GetTimestamp();
        do
        {
            byte[] body = Encoding.ASCII.GetBytes((++_number).ToString(CultureInfo.InvariantCulture));
            waits.Commands.Add(await TimeAsync(() => CommandAsync(body)));
            waits.Telemetry.Add(await TimeAsync(async () =>
                Assert.Equal(MqttReasonCode.Success, await _mqtt.PublishAsync("telemetry", body).WaitAsync(Wire.Patience))));
            waits.Requests.Add(await TimeAsync(RequestAsync));
        }
        while (Stopwatch.GetElapsedTime(began) < duration);
        return waits;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (AmqpClient client in _clients)
            client.Abort();
        _mqtt?.Abort();
        _http?.Dispose();
        await _network.DisposeAsync();
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        long began = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private async Task CommandAsync(byte[] body)
    {
        AmqpMessage message = AmqpMessage.FromData(body);
        message.Properties = new MessageProperties { To = Machine };
        Task<DeliveryState?> sent = _commands.SendAsync(message);
        using var patience = new CancellationTokenSource(Wire.Patience);
        AmqpReceived received = await _mailbox.ReceiveAsync(patience.Token);
        Assert.Equal(body, received.Message.Data.ToArray());
        Assert.True(received.Accept());
        Assert.IsType<Accepted>(await sent.WaitAsync(Wire.Patience));
    }

    private async Task RequestAsync()
    {
        using HttpResponseMessage response = await _http.GetAsync("/v1/devices?max=1").WaitAsync(Wire.Patience);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private async Task ConnectAsync()
    {
        using var patience = new CancellationTokenSource(Wire.Patience);
        string machineKey = await gateway.CreateDeviceAsync(Machine);
        string sensorKey = await gateway.CreateDeviceAsync(Sensor);
        AmqpClient machine = await AmqpClient.ConnectAsync(_network, gateway.AmqpEndpoint(Machine, machineKey), Machine, patience.Token);
        _clients.Add(machine);
        _mailbox = await machine.OpenReceiverAsync("mailbox", 10, patience.Token);
        AmqpClient service = await AmqpClient.ConnectAsync(_network, gateway.ServiceEndpoint(), "good-service", patience.Token);
        _clients.Add(service);
        _commands = await service.OpenSenderAsync("devices", patience.Token);
        _mqtt = await MqttClient.ConnectAsync(_network, gateway.MqttEndpoint(Sensor, sensorKey), new MqttDeviceOptions(), patience.Token);
        _http = gateway.CreateHttpClient($"policy/admin:{gateway.AdminKey}");
        _http.DefaultRequestVersion = HttpVersion.Version20;
        _http.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await RequestAsync();
    }
}
