using System.Globalization;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Client;
using Restante.Client.Amqp;

namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>A device or a service on AMQP.</summary>
internal sealed class AmqpSide : ISide
{
    private readonly Scene _scene;
    private readonly AmqpClient _client;
    private readonly string _good;
    private readonly Dictionary<string, AmqpRequests> _requests = [];
    private AmqpSender? _work;

    private AmqpSide(Scene scene, AmqpClient client, string good)
    {
        _scene = scene;
        _client = client;
        _good = good;
    }

    public static Task<AmqpSide> DeviceAsync(Scene scene) => OpenAsync(scene, scene.AmqpDevice(), "telemetry");

    public static Task<AmqpSide> ServiceAsync(Scene scene) => OpenAsync(scene, scene.AmqpService(), $"devices/{scene.Other}");

    /// <summary>A service that may read telemetry and nothing else; that it may still do.</summary>
    public static Task<AmqpSide> ReaderAsync(Scene scene) => OpenAsync(scene, scene.AmqpReader(), string.Empty);

    /// <summary>A service that has a scope, and may read telemetry besides writing to the registry.</summary>
    public static Task<AmqpSide> KeeperAsync(Scene scene) => OpenAsync(scene, scene.AmqpKeeper(), string.Empty);

    /// <summary>A service that may answer inquiries and send, but is not the administrator.</summary>
    public static Task<AmqpSide> OtherHandlerAsync(Scene scene) => OpenAsync(scene, scene.AmqpHandler(), $"devices/{scene.Other}");

    /// <summary>Sends what is to be refused, and then, on the same link, what is good.</summary>
    public async Task<Refused> SendAsync(string address, AmqpMessage refused, AmqpMessage? good = null)
    {
        AmqpSender sender = await _client.OpenSenderAsync(address, _scene.Cancellation);
        Refused answer = await SendAsync(sender, refused.Encode());
        if (good is not null)
            Assert.Equal(Refused.Taken, (await SendAsync(sender, good.Encode())).Answer);
        return answer;
    }

    /// <summary>Sends on a link.</summary>
    public async Task<Refused> SendAsync(AmqpSender sender, ReadOnlyMemory<byte> encoded) =>
        await sender.SendAsync(encoded).WaitAsync(_scene.Cancellation) switch
        {
            Accepted => new Refused(this, Refused.Taken, null),
            Released => new Refused(this, "message released", null),
            Rejected { Error: { } error } =>
                new Refused(this, $"message rejected, `{error.Condition.Value}`", error.Description ?? string.Empty),
            object state => throw new Xunit.Sdk.XunitException($"A message was answered with {state}."),
            null => throw new Xunit.Sdk.XunitException("A message was settled without a state."),
        };

    /// <summary>Opens a link that sends.</summary>
    public Task<AmqpSender> SenderAsync(string address) => _client.OpenSenderAsync(address, _scene.Cancellation);

    /// <summary>Opens a link that receives.</summary>
    public Task<AmqpReceiver> ReceiverAsync(string address, string? selector = null)
    {
        Symbol name = "apache.org:selector-filter:string";
        Source? source = selector is null ? null : new Source { Filter = new AmqpMap { { name, new DescribedValue(name, selector) } } };
        return _client.OpenReceiverAsync(address, 10, _scene.Cancellation, source);
    }

    /// <summary>Opens, and perhaps uses, a link that is to be refused.</summary>
    public async Task<Refused> LinkAsync(Func<Task> open)
    {
        ClientException refused = await Assert.ThrowsAsync<ClientException>(open);
        int reason = refused.Message.IndexOf(refused.Condition!, StringComparison.Ordinal) + refused.Condition!.Length;
        return new Refused(this, $"link refused, `{refused.Condition}`", refused.Message[reason..].Trim(':', ' '));
    }

    /// <summary>Makes a request and waits for its answer.</summary>
    public async Task<Refused> RequestAsync(string address, Dictionary<string, object> properties, object? body = null)
    {
        if (!_requests.TryGetValue(address, out AmqpRequests? requests))
            _requests[address] = requests = new AmqpRequests(_client, address);
        AmqpMessage answer = await requests.SendAsync(properties, body, _scene.Cancellation);
        AmqpMap said = answer.ApplicationProperties!;
        int status = (int)said["statusCode"]!;
        return status < 300
            ? new Refused(this, Refused.Taken, null)
            : new Refused(this, $"request {status.ToString(CultureInfo.InvariantCulture)}", (string)said["statusDescription"]!);
    }

    public async Task<bool> WorksAsync()
    {
        Assert.False(_client.Ended.IsCompleted, "The connection was ended.");
        if (_good.Length == 0)
        {
            await ReceiverAsync("telemetry");
            return true;
        }

        _work ??= await SenderAsync(_good);
        return (await SendAsync(_work, AmqpMessage.FromData("good"u8.ToArray()).Encode())).Answer == Refused.Taken;
    }

    public async ValueTask DisposeAsync() => await _client.DisposeAsync();

    /// <summary>A message with properties of the application.</summary>
    public static AmqpMessage Message(MessageProperties properties, Dictionary<string, object>? named = null)
    {
        AmqpMessage message = AmqpMessage.FromData("content"u8.ToArray());
        message.Properties = properties;
        if (named is not null)
            message.ApplicationProperties = Map(named);
        return message;
    }

    private static AmqpMap Map(Dictionary<string, object> properties)
    {
        var map = new AmqpMap();
        foreach ((string name, object value) in properties)
            map.Add(name, value);
        return map;
    }

    private static async Task<AmqpSide> OpenAsync(Scene scene, ClientEndpoint endpoint, string good) =>
        new(scene, await AmqpClient.ConnectAsync(scene.Network, endpoint, "refused", scene.Cancellation), good);
}
