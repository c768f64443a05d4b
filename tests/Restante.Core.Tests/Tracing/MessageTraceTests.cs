using System.Diagnostics;
using System.Text;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using Restante.Core.Tracing;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Tracing;

// Who listens, listens to the whole process.
[CollectionDefinition("traces", DisableParallelization = true)]
public sealed class TracesCollection;

[Collection("traces")]
public sealed class MessageTraceTests : IAsyncDisposable
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Parent = $"00-{TraceId}-00f067aa0ba902b7-01";

    private readonly TestGateway _test = new(
        new GatewayLimits { LeaseDurationMs = 60_000 }, new MailboxLimits { MaxDeliveries = 9, RedeliveryDelayMs = 0 });

    private readonly List<Activity> _spans = [];
    private readonly ActivityListener _listener;

    public MessageTraceTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == MessageTrace.SourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Add,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return _test.DisposeAsync();
    }

    [Fact]
    public async Task Every_hold_of_a_traced_message_is_a_span_with_its_times_and_its_end()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        await SendAsync(Parent);
        _test.Time.Advance(5_000);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        LeasedMessage first = Ok(await session.LeaseAsync(1, int.MaxValue))[0];
        _test.Time.Advance(2_000);
        Ok(await session.SettleAsync(first.Lease, SettleVerb.Renew));
        Ok(await session.SettleAsync(first.Lease, SettleVerb.Release));
        Ok(await session.LeaseAsync(1, int.MaxValue));
        _test.Time.Advance(60_000);
        await _test.Gateway.Maintenance.RunOnceAsync();
        LeasedMessage third = Ok(await session.LeaseAsync(1, int.MaxValue))[0];
        Ok(await session.SettleAsync(third.Lease, SettleVerb.Accept));

        Assert.All(_spans, static s => Assert.Equal((TraceId, "00f067aa0ba902b7"), (s.TraceId.ToString(), s.ParentSpanId.ToString())));
        Assert.Equal("Enqueued", Assert.Single(_spans, static s => s.DisplayName == "send mailbox").GetTagItem("restante.result"));
        Assert.Equal([5, 7, 67], [.. Of("wait mailbox").Select(static s => (int)s.Duration.TotalSeconds)]);
        Assert.Equal([2, 60, 0], [.. Of("hold mailbox").Select(static s => (int)s.Duration.TotalSeconds)]);
        Assert.Equal(["released", "lapsed", "accepted"], [.. Of("hold mailbox").Select(static s => (string)s.GetTagItem("restante.result")!)]);
        Assert.Equal([false, true, false], [.. Of("hold mailbox").Select(static s => s.Status == ActivityStatusCode.Error)]);
        Assert.All(_spans, static s => Assert.Equal("d", s.GetTagItem("restante.device")));
        Assert.Equal(0, session.Traced!.Count);
    }

    [Fact]
    public async Task What_a_receiver_had_in_hand_ends_with_it()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        await SendAsync(Parent);
        await SendAsync(Parent);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        Ok(await session.LeaseAsync(2, int.MaxValue));
        await session.CloseAsync();
        Assert.Equal(["disconnected", "disconnected"], [.. Of("hold mailbox").Select(static s => (string)s.GetTagItem("restante.result")!)]);
        Assert.Equal(0, session.Traced!.Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData($"00-{TraceId}-00f067aa0ba902b7-00")] // not sampled
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01")]
    [InlineData("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01")]
    [InlineData("nonsense")]
    public async Task What_carries_no_sampled_trace_leaves_none(string? parent)
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        await SendAsync(parent);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        LeasedMessage message = Ok(await session.LeaseAsync(1, int.MaxValue))[0];
        Ok(await session.SettleAsync(message.Lease, SettleVerb.Accept));
        Assert.Empty(_spans);
        Assert.Null(session.Traced);
    }

    private Activity[] Of(string name) => [.. _spans.Where(s => s.DisplayName == name)];

    private async Task SendAsync(string? parent)
    {
        var content = new MessageContent
        {
            Body = Encoding.UTF8.GetBytes("x"),
            Properties = parent is null ? [] : [new("traceparent", parent)],
        };
        Ok(await _test.Gateway.Mailboxes.SendCommandAsync(_test.Service, "d", content.Encode()));
    }
}
