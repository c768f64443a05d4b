using System.Text;
using static Restante.System.Tests.Abuse.Http2Bytes;

namespace Restante.System.Tests.Abuse;

/// <summary>Clients that flood HTTP/2 with what costs them nothing, or keep it waiting.</summary>
[Collection("http abuse")]
public sealed class HttpFloodTests(HttpAbuseFixture fixture)
{
    // CVE-2023-44487
    [Theory]
    [InlineData("/v1/outcomes?wait=60")]
    [InlineData("/v1/devices")]
    [InlineData("/health/live")]
    public Task Streams_opened_and_reset_without_end(string path) => fixture.WorkDuringAsync(async () =>
    {
        byte[] request = Request("GET", path, fixture.Authorization);
        await using Http2Script script = await Http2Script.ConnectAsync(fixture.Gateway);
        await script.SendUntilEndAsync(i => [.. Enumerable.Range(0, 50).SelectMany(n =>
        {
            int stream = 1 + (2 * ((50 * i) + n));
            return (byte[])[.. Frame(Headers, EndStream | EndHeaders, stream, request), .. Reset(stream)];
        })]);
        Assert.DoesNotContain("crit:", fixture.Gateway.Output, StringComparison.Ordinal);
    });

    [Fact]
    public Task Headers_that_are_continued_without_end() => fixture.WorkDuringAsync(async () =>
    {
        byte[] more = [.. Enumerable.Range(0, 100).SelectMany(static _ => Header("x-filling", new string('x', 100)))];
        foreach (byte[] continued in (byte[][])[more, []])
        {
            await using Http2Script script = await Http2Script.ConnectAsync(fixture.Gateway);
            await script.Wire.SendAsync(Frame(Headers, EndStream, 1, Request("GET", "/v1/devices", fixture.Authorization)));
            await script.SendUntilEndAsync(_ => Frame(Continuation, 0, 1, continued));
        }
    });

    [Theory]
    [InlineData(Settings)]
    [InlineData(Ping)]
    public Task Frames_that_ask_for_an_answer_each(byte type) => fixture.WorkDuringAsync(async () =>
    {
        const int Times = 200, AtOnce = 1_000;
        byte[] payload = type == Ping ? new byte[8] : [];
        byte[] many = [.. Enumerable.Range(0, AtOnce).SelectMany(_ => Frame(type, 0, 0, payload))];
        await using Http2Script script = await Http2Script.ConnectAsync(fixture.Gateway);
        Task reading = Task.Run(async () =>
        {
            for (int answered = 0; answered < Times * AtOnce;)
            {
                (byte Type, byte Flags, int Stream, byte[] Payload) frame = (await script.ReadAsync())!.Value;
                answered += frame.Type == type && frame.Flags == 1 ? 1 : 0;
            }
        });
        for (int i = 0; i < Times; i++)
            await script.Wire.SendAsync(many);
        await reading.WaitAsync(Wire.Patience);
    });

    [Fact]
    public Task Bodies_that_do_not_come() => fixture.WorkDuringAsync(async () =>
    {
        byte[] request = Request(
            "POST", "/v1/devices", fixture.Authorization, ("content-type", "application/json"), ("content-length", "1000"));
        await using Http2Script script = await Http2Script.ConnectAsync(fixture.Gateway);
        await script.Wire.SendAsync((byte[])[.. Enumerable.Range(0, 100).SelectMany(
            i => Frame(Headers, EndHeaders, 1 + (2 * i), request))]);
        await script.Wire.ReadToEndAsync();
    });

    // A closed window is no silence: the client pings, and is pinged. Kestrel keeps 16 KiB of an answer; this has more, and needs no credentials.
    [Fact]
    public Task Answers_that_are_not_taken() => fixture.WorkDuringAsync(() =>
        new ClosedWindows(fixture.Gateway, Request("GET", "/openapi/v1.json", null)).AskAsync(connections: 10, givenUp: 1_000));

    // All of the answer takes far longer than the time of one write; none of its pieces does.
    [Fact]
    public Task Answers_that_are_taken_slowly_are_given_whole() => fixture.WorkDuringAsync(async () =>
    {
        await using Http2Script script = await Http2Script.ConnectAsync(fixture.Gateway);
        await script.Wire.SendAsync(
            (byte[])[.. ClosedWindow, .. Frame(Headers, EndStream | EndHeaders, 1, Request("GET", "/openapi/v1.json", null))]);
        using var patience = new CancellationTokenSource(Wire.Patience);
        using var drops = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        Task<int> reading = ReadToEndOfStreamAsync(script, patience.Token);
        while (!reading.IsCompleted && await drops.WaitForNextTickAsync(patience.Token))
            await script.Wire.TrySendAsync((byte[])[.. Window(0, 4_096), .. Window(1, 4_096)]);
        Assert.True(await reading > 128 * 1024);
    });

    [Fact]
    public Task Headers_that_do_not_come() => fixture.WorkDuringAsync(async () =>
    {
        await using Http2Script begun = await Http2Script.ConnectAsync(fixture.Gateway);
        await begun.Wire.SendAsync(Frame(Headers, EndStream, 1, Request("GET", "/v1/devices", fixture.Authorization)));
        await begun.Wire.ReadToEndAsync();
        await using Wire silent = await Wire.ConnectTlsAsync(fixture.Gateway.HttpsPort);
        Assert.Empty(await silent.ReadToEndAsync());
    });

    [Fact]
    public Task Headers_of_HTTP_1_that_come_a_byte_at_a_time() => fixture.WorkDuringAsync(async () =>
    {
        await using Wire wire = await Wire.ConnectTlsAsync(fixture.Gateway.HttpsPort);
        await wire.SendAsync(Encoding.ASCII.GetBytes("GET /v1/devices HTTP/1.1\r\nHost: localhost\r\nX-Slow: "));
        Assert.StartsWith("HTTP/1.1 408 ", await DripAsync(wire), StringComparison.Ordinal);
    });

    [Fact]
    public Task Bodies_of_HTTP_1_that_come_a_byte_at_a_time() => fixture.WorkDuringAsync(async () =>
    {
        await using Wire wire = await Wire.ConnectTlsAsync(fixture.Gateway.HttpsPort);
        await wire.SendAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/devices HTTP/1.1\r\nHost: localhost\r\nAuthorization: {fixture.Authorization}\r\n"
            + "Content-Type: application/json\r\nContent-Length: 10000\r\n\r\n"));
        string answer = await DripAsync(wire);
        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("application/problem+json", answer, StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"malformed\"", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Kestrel", fixture.Gateway.Output, StringComparison.Ordinal);
    });

    // How many bytes the answer on stream 1 has. Asks for nothing more; answers pings.
    private static async Task<int> ReadToEndOfStreamAsync(Http2Script script, CancellationToken cancellation)
    {
        int bytes = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            (byte Type, byte Flags, int Stream, byte[] Payload) frame = (await script.ReadAsync())!.Value;
            Assert.NotEqual(RstStream, frame.Type);
            if (frame.Type == Ping && frame.Flags == 0)
                await script.Wire.TrySendAsync(Frame(Ping, 1, 0, frame.Payload));
            if (frame.Type == Data)
                bytes += frame.Payload.Length;
            if (frame is { Type: Data or Headers, Stream: 1 } && (frame.Flags & EndStream) != 0)
                return bytes;
        }
    }

    // A byte every tenth of a second, until the gateway has had enough; what it says then.
    private static async Task<string> DripAsync(Wire wire)
    {
        Task<byte[]> reading = wire.ReadToEndAsync();
        using var drops = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!reading.IsCompleted && await drops.WaitForNextTickAsync())
            await wire.TrySendAsync("x"u8.ToArray());
        return Encoding.ASCII.GetString(await reading);
    }
}
