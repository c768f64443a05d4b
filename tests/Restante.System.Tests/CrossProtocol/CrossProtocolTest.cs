using System.Text.Json;
using Restante.Net;
using Restante.System.Tests.Abuse;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>A device with its door and a service with its desk, each on a protocol of its own, at one gateway.</summary>
internal sealed class CrossProtocolTest : IAsyncDisposable
{
    private readonly CancellationTokenSource _patience = new(Wire.Patience);
    private readonly NetworkHost _network = new();
    private readonly GatewayProcess _gateway;
    private IDoor? _door;
    private IDesk? _desk;

    private CrossProtocolTest(GatewayProcess gateway, string device)
    {
        _gateway = gateway;
        Device = device;
    }

    /// <summary>Every protocol of devices with every protocol of services.</summary>
    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (Dialect device in Enum.GetValues<Dialect>())
            {
                pairs.Add(device.ToString(), nameof(Dialect.Amqp));
                pairs.Add(device.ToString(), nameof(Dialect.Https));
            }

            return pairs;
        }
    }

    public string Device { get; }

    public string Key { get; private set; } = string.Empty;

    public IDoor Door => _door!;

    public IDesk Desk => _desk!;

    /// <summary>The protocol of the device.</summary>
    public Dialect Outside { get; private set; }

    /// <summary>The protocol of the service.</summary>
    public Dialect Inside { get; private set; }

    public CancellationToken Cancellation => _patience.Token;

    /// <summary>Creates the device, in a group of its own; its door is open after <paramref name="before"/> has been done.</summary>
    public static async Task<CrossProtocolTest> StartAsync(
        GatewayProcess gateway, string pattern, string device, string service, Func<CrossProtocolTest, Task>? before = null)
    {
        var test = new CrossProtocolTest(gateway, $"cross-{pattern}-{device}-{service}".ToLowerInvariant())
        {
            Outside = Enum.Parse<Dialect>(device),
            Inside = Enum.Parse<Dialect>(service),
        };
        test.Key = await gateway.CreateDeviceAsync(test.Device);
        test._desk = await IDesk.OpenAsync(test.Inside, gateway, test._network, test.Cancellation);
        if (before is not null)
            await before(test);
        test._door = await IDoor.OpenAsync(test.Outside, gateway, test._network, test.Device, test.Key, test.Cancellation);
        return test;
    }

    /// <summary>The next message of the device is this one; settles it.</summary>
    public async Task<Arrived> SettleNextAsync(string kind, string id, Letter expected, string verb, int deliveryCount)
    {
        Arrived arrived = await Door.ReceiveAsync(Cancellation);
        Assert.Equal(id, arrived.Id);
        Assert.Equal(kind, arrived.Kind);
        Letter.AssertSame(expected.SeenBy(Outside), arrived.Letter);
        Assert.Equal(deliveryCount, arrived.DeliveryCount);
        await arrived.SettleAsync(verb);
        return arrived;
    }

    /// <summary>Asks again and again over REST, until the answer is as wanted.</summary>
    public async Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> isWanted)
    {
        while (true)
        {
            JsonElement answer = JsonElement.Parse(await _gateway.Http.GetStringAsync(path, Cancellation));
            if (isWanted(answer))
                return answer;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_door is not null)
            await _door.DisposeAsync();
        await Desk.DisposeAsync();
        await _network.DisposeAsync();
        _patience.Dispose();
    }
}
