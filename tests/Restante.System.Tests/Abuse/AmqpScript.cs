using System.Buffers.Binary;
using System.Text;
using Restante.System.Tests.Processes;
using static Restante.System.Tests.Abuse.AmqpBytes;

namespace Restante.System.Tests.Abuse;

/// <summary>The other side of an AMQP conversation, frame by frame.</summary>
internal sealed class AmqpScript(Wire wire) : IAsyncDisposable
{
    public Wire Wire { get; } = wire;

    /// <summary>Connects, authenticates and opens.</summary>
    public static async Task<AmqpScript> OpenAsync(GatewayProcess gateway, string user, string password, int receiveBuffer = 0)
    {
        AmqpScript script = await AuthenticatedAsync(gateway, user, password, receiveBuffer);
        await script.OpenConnectionAsync();
        return script;
    }

    /// <summary>Connects and authenticates.</summary>
    public static async Task<AmqpScript> AuthenticatedAsync(GatewayProcess gateway, string user, string password, int receiveBuffer = 0)
    {
        AmqpScript script = await SaslAsync(gateway, receiveBuffer);
        Assert.Equal(0, await script.AuthenticateAsync("PLAIN", $"\0{user}\0{password}"));
        return script;
    }

    /// <summary>Connects and exchanges the SASL headers.</summary>
    public static async Task<AmqpScript> SaslAsync(GatewayProcess gateway, int receiveBuffer = 0) =>
        await SaslAsync(await Wire.ConnectTlsAsync(gateway.AmqpPort, receiveBuffer));

    /// <summary>Exchanges the SASL headers.</summary>
    public static async Task<AmqpScript> SaslAsync(Wire wire)
    {
        var script = new AmqpScript(wire);
        await script.Wire.SendAsync(SaslHeader);
        Assert.Equal(SaslHeader, await script.Wire.ReadAsync(8));
        Assert.Equal(SaslMechanisms, (await script.NextAsync())!.Code);
        return script;
    }

    /// <summary>One try; returns the SASL code.</summary>
    public async Task<int> AuthenticateAsync(string mechanism, string response)
    {
        await Wire.SendAsync(SaslFrame(Performative(SaslInit, Symbol(mechanism), Binary(Encoding.UTF8.GetBytes(response)))));
        AmqpAnswer outcome = (await NextAsync())!;
        Assert.Equal(SaslOutcome, outcome.Code);
        return (byte)outcome[0]!;
    }

    /// <summary>Opens the connection after the authentication.</summary>
    public async Task OpenConnectionAsync()
    {
        await Wire.SendAsync(AmqpHeader, AmqpBytes.OpenFrame());
        Assert.Equal(AmqpHeader, await Wire.ReadAsync(8));
        await UntilAsync(Open);
    }

    public Task SendAsync(params byte[][] frames) => Wire.SendAsync(Join(frames));

    public async Task BeginAsync(int channel = 0)
    {
        await SendAsync(BeginFrame(channel));
        await UntilAsync(Begin);
    }

    /// <summary>Attaches a sender and waits until it has credit.</summary>
    public async Task AttachSenderAsync(string address = "telemetry", uint handle = 0, int channel = 0)
    {
        await SendAsync(SenderFrame(channel, $"{address}-{handle}", handle, address));
        await UntilAsync(Attach);
        await UntilAsync(Flow);
    }

    /// <summary>Attaches a receiver and gives it credit.</summary>
    public async Task AttachReceiverAsync(string address, uint credit, uint handle = 0, int channel = 0)
    {
        await SendAsync(ReceiverFrame(channel, $"{address}-{handle}", handle, address));
        await UntilAsync(Attach);
        await SendAsync(FlowFrame(channel, handle, credit));
    }

    /// <summary>The next frame; null at the end of the connection.</summary>
    public async Task<AmqpAnswer?> NextAsync()
    {
        byte[]? header = await Wire.ReadAsync(8);
        if (header is null)
            return null;
        byte[]? body = await Wire.ReadAsync(BinaryPrimitives.ReadInt32BigEndian(header) - 8);
        return AmqpAnswer.Parse(header, body!);
    }

    /// <summary>The next frame of a kind; others are passed over. An end of anything that was not asked for fails the test.</summary>
    public async Task<AmqpAnswer> UntilAsync(byte code)
    {
        while (true)
        {
            AmqpAnswer answer = await NextAsync()
                ?? throw new Xunit.Sdk.XunitException($"The connection ended before a performative 0x{code:x2} came.");
            if (answer.Code == code)
                return answer;
            if (answer.Code is Close or End)
                throw new Xunit.Sdk.XunitException($"The gateway ended with {answer.Condition} before a performative 0x{code:x2} came.");
        }
    }

    /// <summary>The gateway has ended the session as it was asked to.</summary>
    public async Task UntilEndAsync()
    {
        AmqpAnswer? answer;
        do
            answer = await NextAsync();
        while (answer is { Code: not (End or Close) });
        Assert.Equal((ulong)End, answer?.Code);
        Assert.Empty(answer!.Condition);
    }

    /// <summary>The gateway closes the connection with a condition, and really.</summary>
    public async Task ExpectCloseAsync(string condition)
    {
        AmqpAnswer answer = await UntilAsync(Close);
        Assert.Equal(condition, answer.Condition);
        await Wire.TrySendAsync(Frame(0, Performative(Close)));
        Assert.Null(await NextAsync());
    }

    /// <summary>The gateway ends the session with a condition; the connection goes on, on the same channel.</summary>
    public async Task ExpectEndAsync(string condition, int channel = 0)
    {
        AmqpAnswer answer = await UntilAsync(End);
        Assert.Equal(condition, answer.Condition);
        await SendAsync(Frame(channel, Performative(End)));
        await BeginAsync(channel);
        await AttachSenderAsync(handle: 0, channel: channel);
        await ProveLinkAsync(0, 0, channel);
    }

    /// <summary>The gateway detaches a link with a condition; the session goes on.</summary>
    public async Task ExpectDetachAsync(string condition, uint nextDelivery)
    {
        AmqpAnswer answer = await UntilAsync(Detach);
        Assert.Equal(condition, answer.Condition);
        await AttachSenderAsync(handle: 40);
        await ProveLinkAsync(40, nextDelivery);
    }

    /// <summary>The link still takes telemetry.</summary>
    public async Task ProveLinkAsync(uint handle, uint delivery, int channel = 0)
    {
        await SendAsync(TransferFrame(channel, handle, delivery, Message([1, 2, 3])));
        while (true)
        {
            AmqpAnswer answer = await UntilAsync(Disposition);
            if ((uint)answer[1]! <= delivery && (uint)(answer[2] ?? answer[1])! >= delivery)
            {
                Assert.Equal(0x24ul, ((AmqpAnswer.Described)answer[4]!).Code);
                return;
            }
        }
    }

    /// <summary>The session still answers; what was sent before has been read by then.</summary>
    public async Task EchoAsync(int channel = 0)
    {
        await SendAsync(FlowFrame(channel, echo: true));
        while (true)
        {
            AmqpAnswer answer = await UntilAsync(Flow);
            if (answer[4] is null)
                return;
        }
    }

    public ValueTask DisposeAsync() => Wire.DisposeAsync();
}
