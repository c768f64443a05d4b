using Restante.System.Tests.Processes;
using static Restante.System.Tests.Abuse.Http2Bytes;

namespace Restante.System.Tests.Abuse;

/// <summary>Clients that ask and take nothing of the answers, while their pings say that they are there.</summary>
internal sealed class ClosedWindows(GatewayProcess gateway, byte[] request)
{
    private const int StreamsOfAConnection = 100;

    private int _givenUp;

    /// <summary>Asks on all streams of some connections; ends when the gateway has given up so many of the answers.</summary>
    public Task AskAsync(int connections, int givenUp) => Task.WhenAll(Enumerable.Range(0, connections).Select(_ => AskAsync(givenUp)));

    private async Task AskAsync(int givenUp)
    {
        await using Http2Script script = await Http2Script.ConnectAsync(gateway);
        await script.Wire.SendAsync((byte[])[
            .. ClosedWindow,
            .. Enumerable.Range(0, StreamsOfAConnection).SelectMany(i => Frame(Headers, EndStream | EndHeaders, 1 + (2 * i), request))]);
        using var patience = new CancellationTokenSource(Wire.Patience);
        while (Volatile.Read(ref _givenUp) < givenUp)
        {
            patience.Token.ThrowIfCancellationRequested();
            (byte Type, byte Flags, int Stream, byte[] Payload) frame = (await script.ReadAsync())!.Value;
            if (frame.Type == RstStream)
                Interlocked.Increment(ref _givenUp);
            else if (frame.Type == Ping && frame.Flags == 0)
                await script.Wire.TrySendAsync((byte[])[.. Frame(Ping, 1, 0, frame.Payload), .. Frame(Ping, 0, 0, frame.Payload)]);
        }
    }
}
