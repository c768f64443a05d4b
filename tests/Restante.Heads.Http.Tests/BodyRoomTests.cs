using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

/// <summary>What bodies of requests hold of memory: what has come of them, and no more of one device or policy than its share.</summary>
public sealed class BodyRoomTests
{
    private const string Batch = "application/vnd.restante.batch+json";
    private const int MiB = 1024 * 1024;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_body_takes_memory_as_it_comes_and_not_as_it_is_announced()
    {
        await using TestHead head = await TestHead.StartAsync();
        var body = new Pipe();
        HttpContext context = Context(head, head.Principal(await head.AddDeviceAsync("d")), body.Reader);
        context.Request.ContentLength = MiB;
        long before = GC.GetAllocatedBytesForCurrentThread();
        ValueTask<byte[]> read = RequestBody.ReadAsync(context.Request, MiB);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.False(read.IsCompleted);
        Assert.InRange(allocated, 0, 64 * 1024);
        byte[] sent = [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)];
        await body.Writer.WriteAsync(sent);
        await body.Writer.CompleteAsync();
        Assert.Equal(sent, await read);
    }

    [Fact]
    public async Task Bodies_of_one_device_have_their_share_over_all_it_sends_and_other_devices_theirs()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord record = await head.AddDeviceAsync("gateway");
        using DeviceClient gateway = DeviceClient.Of(head, record);
        using DeviceClient other = await DeviceClient.CreateAsync(head, "other");
        using (HttpResponseMessage created = await head.SendAsync("POST", "/v1/devices", """{"id":"child","gateway":"gateway"}"""))
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);

        // Four announce a MiB each, one more than that; three of them for a device that it acts for. Which is refused is chance.
        List<Pipe> bodies = [.. Enumerable.Range(0, 5).Select(static _ => new Pipe())];
        List<Task<HttpResponseMessage>> sent = [.. bodies.Select((body, i) =>
            PostAsync(gateway.Client, "/v1/telemetry", Batch, body, MiB, i < 3 ? "child" : null))];
        Task<HttpResponseMessage> first = await Task.WhenAny(sent).WaitAsync(s_patience);
        using (HttpResponseMessage refused = await first)
        {
            Assert.Contains("'gateway'", (await TestHead.RefusedAsync(refused, 429, "throttled")).Detail, StringComparison.Ordinal);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        await other.DoAsync("POST", "/v1/telemetry", "x");
        await gateway.RefusedAsync(429, "throttled", "POST", "/v1/telemetry", "x");
        foreach (Pipe body in bodies)
        {
            if (sent[bodies.IndexOf(body)] != first)
                await body.Writer.WriteAsync("[{}]"u8.ToArray());
            await body.Writer.CompleteAsync();
        }

        foreach (Task<HttpResponseMessage> one in sent.Where(one => one != first))
        {
            using HttpResponseMessage done = await one.WaitAsync(s_patience);
            Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);
        }

        await WhenFreeAsync(head);
        await gateway.DoAsync("POST", "/v1/telemetry", "x");
    }

    [Fact]
    public async Task A_policy_sends_a_hundred_of_the_largest_commands_at_once()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        const int Largest = 400 * 1024;
        const string Json = """{"ttl":60,"body":"x"}""";
        List<Pipe> bodies = [.. Enumerable.Range(0, 100).Select(static _ => new Pipe())];
        List<Task<HttpResponseMessage>> sent =
            [.. bodies.Select(body => PostAsync(head.Client, "/v1/devices/d/commands", "application/json", body, Largest))];
        foreach (Pipe body in bodies)
        {
            await body.Writer.WriteAsync(Encoding.UTF8.GetBytes(Json.PadRight(Largest)));
            await body.Writer.CompleteAsync();
        }

        foreach (Task<HttpResponseMessage> one in sent)
        {
            using HttpResponseMessage done = await one.WaitAsync(s_patience);
            Assert.Equal(HttpStatusCode.Created, done.StatusCode);
        }

        await WhenFreeAsync(head);
    }

    [Fact]
    public async Task One_policy_leaves_the_room_of_another()
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { MaxBodyBytesPerPolicy = 65_536 });
        using HttpClient other = await head.NewServiceAsync(Rights.Send);
        await head.AddDeviceAsync("d");
        using var gone = new CancellationTokenSource();
        Task<HttpResponseMessage>[] sent = [.. Enumerable.Range(0, 2).Select(_ =>
            PostAsync(head.Client, "/v1/devices/d/commands", "application/json", new Pipe(), 60_000, aborted: gone.Token))];
        Task<HttpResponseMessage> first = await Task.WhenAny(sent).WaitAsync(s_patience);
        using (HttpResponseMessage refused = await first)
            Assert.Contains("'admin'", (await TestHead.RefusedAsync(refused, 429, "throttled")).Detail, StringComparison.Ordinal);
        using (HttpResponseMessage command = await head.SendAsync("POST", "/v1/devices/d/commands", """{"body":"x"}""", other))
            Assert.Equal(HttpStatusCode.Created, command.StatusCode);

        // Whose client goes away gives its room back, too.
        await gone.CancelAsync();
        await Task.WhenAny(sent.Single(one => one != first)).WaitAsync(s_patience);
        await WhenFreeAsync(head);
    }

    [Fact]
    public void What_has_come_of_all_has_a_limit_for_devices_and_for_services()
    {
        var room = new BodyRoom(new HttpHeadOptions { MaxBodyBytes = 64 * MiB });
        var device = new DevicePrincipal(DeviceId.Parse("d"), new DeviceNumber(1), CredentialSlot.Primary, long.MaxValue);
        var other = new DevicePrincipal(DeviceId.Parse("e"), new DeviceNumber(2), CredentialSlot.Primary, long.MaxValue);
        var service = new ServicePrincipal("d", Rights.Send, CredentialSlot.Primary, long.MaxValue);
        Assert.True(room.TryPromise(device, 40 * MiB)); // The only one.
        Assert.False(room.TryPromise(device, 1));
        Assert.True(room.TryPromise(other, MiB));
        Assert.True(room.TryPromise(service, MiB));
        using var large = new BodyShare(room, device, 40 * MiB);
        using var small = new BodyShare(room, other, MiB);
        using var sent = new BodyShare(room, service, MiB);
        Assert.Null(large.Come(40 * MiB));
        Assert.Null(small.Come(24 * MiB));
        Assert.Equal(RefusalKind.Throttled, small.Come(1)?.Kind);
        Assert.Null(sent.Come(1));
        Assert.Equal((64 * MiB) + 1, room.Bytes);
        large.Dispose();
        large.Dispose();
        Assert.Null(small.Come(1));
        small.Dispose();
        sent.Dispose();
        Assert.Equal((0, 0), (room.Bytes, room.Owners));
    }

    [Fact]
    public async Task A_body_of_unknown_length_has_the_room_of_the_largest_until_it_is_whole()
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { MaxBodyBytesPerDevice = 65_536 });
        DevicePrincipal device = head.Principal(await head.AddDeviceAsync("d"));
        var body = new Pipe();
        ValueTask<byte[]> first = RequestBody.ReadAsync(Context(head, device, body.Reader).Request, 60_000);
        MalformedRequestException refused = await Assert.ThrowsAsync<MalformedRequestException>(
            () => RequestBody.ReadAsync(Context(head, device, PipeReader.Create(Stream.Null)).Request, 6_000).AsTask());
        Assert.Equal(RefusalKind.Throttled, refused.Refusal.Kind);
        await body.Writer.CompleteAsync();
        Assert.Empty(await first);
        for (int i = 0; i < 20; i++) // The requests go on, and their bodies count as what they are.
            Assert.Empty(await RequestBody.ReadAsync(Context(head, device, PipeReader.Create(Stream.Null)).Request, 6_000));
        Assert.Equal(60_000, (await RequestBody.ReadAsync(Context(head, device, PipeReader.Create(new MemoryStream(new byte[60_000]))).Request, 60_000)).Length);
        await Assert.ThrowsAsync<MalformedRequestException>(
            () => RequestBody.ReadAsync(Context(head, device, PipeReader.Create(Stream.Null)).Request, 6_000).AsTask());
    }

    [Fact]
    public async Task A_batch_with_too_many_messages_is_refused_before_they_are_read()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        string messages = string.Join(',', Enumerable.Repeat("{}", 1_000));
        foreach (string last in (string[])["{}", "{\"bdoy\":1}", "{},{", "{}} no JSON"])
        {
            string? detail = (await device.RefusedAsync(400, "malformed", "POST", "/v1/telemetry", $"[{messages},{last}]", Batch)).Detail;
            Assert.Contains("1 to 1000 messages, not 1001", detail, StringComparison.Ordinal);
        }

        await device.DoAsync("POST", "/v1/telemetry", $"[{messages}]", Batch);
    }

    private static DefaultHttpContext Context(TestHead head, Principal caller, PipeReader body)
    {
        var context = new DefaultHttpContext { RequestServices = head.App.Services };
        context.Features.Set<IRequestBodyPipeFeature>(new GivenBody(body));
        Caller.Set(context, caller, head.Gateway);
        return context;
    }

    private static Task<HttpResponseMessage> PostAsync(
        HttpClient client, string path, string type, Pipe body, long length, string? actsFor = null, CancellationToken aborted = default)
    {
        var content = new StreamContent(body.Reader.AsStream());
        content.Headers.ContentType = new(type);
        content.Headers.ContentLength = length;
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (actsFor is not null)
            request.Headers.Add(AdmissionGate.ActFor, actsFor);
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, aborted);
    }

    // The room is given back after the last byte of the answer, of which the client knows.
    private static async Task WhenFreeAsync(TestHead head)
    {
        BodyRoom room = head.App.Services.GetRequiredService<BodyRoom>();
        using var patience = new CancellationTokenSource(s_patience);
        while (room.Owners > 0)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Equal(0, room.Bytes);
    }

    private sealed class GivenBody(PipeReader reader) : IRequestBodyPipeFeature
    {
        public PipeReader Reader => reader;
    }
}
