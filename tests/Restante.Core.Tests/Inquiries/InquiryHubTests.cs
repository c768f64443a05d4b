using System.Text;
using Restante.Core.Access;
using Restante.Core.Feeds;
using Restante.Core.Inquiries;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Inquiries;

public sealed class InquiryHubTests : IAsyncDisposable
{
    private readonly TestGateway _test = new(
        new GatewayLimits
        {
            MaxMessageBytes = 1_024,
            MaxOpenInquiriesPerDevice = 2,
            MaxWaitingPerSubject = 3,
            MaxAnswersPerInquiry = 2,
            MaxInquiryDeliveries = 2,
            MaxHandledSubjects = 4,
            MaxEndedReaders = 1,
            MaxInquiryMs = 3_600_000,
            LeaseDurationMs = 10_000,
        },
        new MailboxLimits { MaxDepth = 3 });

    private readonly ServicePrincipal _other = new("other", Rights.InquiryAnswer, CredentialSlot.Primary, long.MaxValue);

    private InquiryHub Inquiries => _test.Gateway.Inquiries;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_handler_is_woken_takes_and_answers_and_the_device_is_woken()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        (MailboxSession session, TestReceiver receiver) = await _test.AttachAsync(device);
        using InquiryHandler handler = Ok(Inquiries.Attach(_test.Service, "traffic"));
        var waiter = new TestReceiver();
        handler.Added.Add(waiter);
        AskedInquiry asked = Ok(await Inquiries.AskAsync(device, "traffic", "q-1", Content("where?"), null, true));
        Assert.Equal((false, _test.NowMs + 60_000), (asked.IsDuplicate, asked.Inquiry.DeadlineMs));
        Assert.Equal(1, waiter.Wakes);
        TakenInquiry taken = Assert.Single(Ok(await handler.TakeAsync(10, int.MaxValue)));
        Assert.Equal(("where?", _test.NowMs + 10_000), (Text(taken.Content), taken.LeasedUntilMs));
        Assert.Null(Ok(await Inquiries.SettleAsync(_test.Service, taken.Lease, SettleVerb.Accept)));
        Assert.Equal(new StoredAnswer(1, false), Ok(await Inquiries.AnswerAsync(_test.Service, taken.Number, Content("there"), true, 1)));
        Assert.Equal(new StoredAnswer(1, true), Ok(await Inquiries.AnswerAsync(_test.Service, taken.Number, Content("there"), true, 1)));
        Assert.Equal(1, receiver.Wakes);
        LeasedMessage answer = Assert.Single(Ok(await session.LeaseAsync(10, int.MaxValue)));
        Assert.Equal((MessageKind.Answer, "there"), (answer.Kind, Text(answer.Content)));
        Assert.Equal("q-1", MessageContent.Decode(answer.Content).CorrelationId);
    }

    [Fact]
    public async Task The_same_question_again_is_the_same_inquiry()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        AskedInquiry first = await AskAsync(device, "q-1");
        AskedInquiry again = Ok(await Inquiries.AskAsync(device, "traffic", "q-1", Content("?"), null, onlyIfHandled: true));
        Assert.Equal((true, first.Inquiry.Number), (again.IsDuplicate, again.Inquiry.Number));
        AskedInquiry unnamed = Ok(await Inquiries.AskAsync(device, "traffic", null, Content("?"), null, false));
        Assert.True(InquiryNames.IsId(unnamed.Inquiry.Id));
        Assert.Equal(unnamed.Inquiry, Ok(await Inquiries.FindAsync(device, unnamed.Inquiry.Id)));
        Assert.Equal(unnamed.Inquiry, Ok(await Inquiries.FindAsync(unnamed.Inquiry.Number)));
        Refused(RefusalKind.NotFound, await Inquiries.FindAsync(device, "q-9"));
    }

    [Fact]
    public async Task Nobody_handling_the_subject_is_told_at_once_to_who_asks_for_that()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Result<AskedInquiry> refused = await Inquiries.AskAsync(device, "traffic", "q-1", Content("?"), null, true);
        Refused(RefusalKind.NotFound, refused);
        Assert.Equal("Nobody handles 'traffic' now.", refused.Refusal!.Message);
        InquiryHandler link = Ok(Inquiries.Attach(_test.Service, "traffic"));
        InquiryHandler poll = Ok(Inquiries.Attach(_test.Service, "traffic"));
        poll.EndPoll();
        link.Dispose();
        _test.Time.Advance(9_999);
        Ok(await Inquiries.AskAsync(device, "traffic", "q-1", Content("?"), null, true));
        _test.Time.Advance(1);
        Assert.False(Inquiries.IsHandled("traffic"));
        Refused(RefusalKind.NotFound, await Inquiries.AskAsync(device, "traffic", "q-2", Content("?"), null, true));
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(0, Inquiries.HandledSubjects);
    }

    [Fact]
    public async Task What_cannot_be_asked_is_refused_with_its_reason()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Refused(RefusalKind.Malformed, await Inquiries.AskAsync(device, "a/b", "q-1", Content("?"), null, false));
        Refused(RefusalKind.Malformed, await Inquiries.AskAsync(device, "traffic", "a b", Content("?"), null, false));
        Refused(RefusalKind.TooLarge, await Inquiries.AskAsync(device, "traffic", "q-1", new byte[1_025], null, false));
        Refused(RefusalKind.Expired, await Inquiries.AskAsync(device, "traffic", "q-1", Content("?"), _test.NowMs, false));
        Refused(RefusalKind.Malformed, await Inquiries.AskAsync(device, "traffic", "q-1", Content("?"), _test.NowMs + 3_600_001, false));
        await AskAsync(device, "q-1");
        await AskAsync(device, "q-2");
        Refused(RefusalKind.Throttled, await Inquiries.AskAsync(device, "lights", "q-3", Content("?"), null, false));
        await AskAsync(await _test.DeviceAsync("e"), "q-1");
        Refused(RefusalKind.Throttled, await Inquiries.AskAsync(await _test.DeviceAsync("f"), "traffic", "q-1", Content("?"), null, false));
        Ok(await _test.Gateway.Devices.RemoveAsync("d"));
        Refused(RefusalKind.Unauthorized, await Inquiries.AskAsync(device, "traffic", "q-4", Content("?"), null, false));
        _test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await Inquiries.AskAsync(device, "traffic", "q-4", Content("?"), null, false));
    }

    [Fact]
    public async Task What_cannot_be_answered_is_refused_with_its_reason()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        InquiryNumber number = (await AskAsync(device, "q-1")).Inquiry.Number;
        Refused(RefusalKind.Forbidden, await AnswerAsync(number));
        TakenInquiry taken = await TakeAsync(_test.Service);
        Refused(RefusalKind.NotFound, await AnswerAsync(new InquiryNumber(99)));
        Refused(RefusalKind.TooLarge, await Inquiries.AnswerAsync(_test.Service, number, new byte[1_025], true));
        Refused(RefusalKind.Malformed, await Inquiries.AnswerAsync(_test.Service, number, Content("x"), true, -1));
        byte[] error = new MessageContent { Properties = [KeyValuePair.Create("error", "none")] }.Encode();
        Refused(RefusalKind.Malformed, await Inquiries.AnswerAsync(_test.Service, number, error, true));
        Refused(RefusalKind.Conflict, await Inquiries.AnswerAsync(_test.Service, number, Content("x"), true, 2));
        Ok(await Inquiries.SettleAsync(_test.Service, taken.Lease, SettleVerb.Release));
        TakenInquiry second = await TakeAsync(_other);
        Ok(await Inquiries.SettleAsync(_other, second.Lease, SettleVerb.Accept));
        Refused(RefusalKind.Conflict, await AnswerAsync(number));
        Ok(await Inquiries.AnswerAsync(_other, number, Content("1"), false));
        Ok(await Inquiries.AnswerAsync(_other, number, Content("2"), false));
        Refused(RefusalKind.LimitReached, await Inquiries.AnswerAsync(_other, number, Content("3"), true));
        Ok(await Inquiries.CancelAsync(device, "q-1"));
        Result<StoredAnswer> late = await Inquiries.AnswerAsync(_other, number, Content("3"), true);
        Refused(RefusalKind.Conflict, late);
        Assert.Equal($"Inquiry {number} has ended as cancelled: The device took it back.", late.Refusal!.Message);
        await AskAsync(device, "q-2");
        TakenInquiry expiring = await TakeAsync(_test.Service);
        _test.Time.Advance(60_000);
        Refused(RefusalKind.Expired, await AnswerAsync(expiring.Number));
        _test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await AnswerAsync(expiring.Number));
    }

    [Fact]
    public async Task A_full_mailbox_refuses_the_answer_and_the_inquiry_stays_open()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        InquiryNumber number = (await AskAsync(device, "q-1")).Inquiry.Number;
        TakenInquiry taken = await TakeAsync(_test.Service);
        for (int i = 0; i < 3; i++)
            await _test.SendAsync("d", "a");
        Refused(RefusalKind.MailboxFull, await AnswerAsync(number));
        Refused(RefusalKind.MailboxFull, await Inquiries.SettleAsync(_test.Service, taken.Lease, SettleVerb.Reject, "no"));
        Assert.Null(Ok(await Inquiries.FindAsync(number)).Outcome);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        Ok(await session.SettleAsync(Ok(await session.LeaseAsync(1, 1))[0].Lease, SettleVerb.Accept));
        Assert.Equal(InquiryOutcome.Rejected, Ok(await Inquiries.SettleAsync(_test.Service, taken.Lease, SettleVerb.Reject, "no")));
        Refused(RefusalKind.Expired, await Inquiries.SettleAsync(_test.Service, taken.Lease, SettleVerb.Reject, "no"));
    }

    [Fact]
    public async Task A_released_and_a_lapsed_inquiry_wake_the_next_handler()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        await AskAsync(device, "q-1");
        using InquiryHandler handler = Ok(Inquiries.Attach(_other, "traffic"));
        var waiter = new TestReceiver();
        TakenInquiry taken = await TakeAsync(_test.Service);
        handler.Added.Add(waiter);
        Ok(await Inquiries.SettleAsync(_test.Service, taken.Lease, SettleVerb.Release));
        Assert.Equal(1, waiter.Wakes);
        Assert.Single(Ok(await handler.TakeAsync(1, 1)));
        (MailboxSession session, TestReceiver receiver) = await _test.AttachAsync(device);
        _test.Time.Advance(10_000);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(1, receiver.Wakes); // It was handed out as often as allowed, and the device is told.
        MessageContent told = MessageContent.Decode(Ok(await session.LeaseAsync(1, 1))[0].Content);
        Assert.Contains(told.Properties, p => p.Key == AnswerContent.Error && p.Value.Contains("2 times", StringComparison.Ordinal));
        await AskAsync(device, "q-2");
        Assert.Equal(2, waiter.Wakes);
        Assert.Single(Ok(await handler.TakeAsync(1, 1)));
        _test.Time.Advance(10_000);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(3, waiter.Wakes);
    }

    [Fact]
    public async Task Handlers_learn_of_what_ended_without_them()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        EndedFeed feed = Ok(Inquiries.OpenEnded(_test.Service, "traffic"));
        Refused(RefusalKind.Throttled, Inquiries.OpenEnded(_other, "traffic"));
        Refused(RefusalKind.Malformed, Inquiries.OpenEnded(_other, "a/b"));
        var waiter = new TestReceiver();
        feed.Added.Add(waiter);
        await AskAsync(device, "q-1");
        Ok(await Inquiries.CancelAsync(device, "q-1"));
        Ok(await Inquiries.CancelAsync(device, "q-1"));
        Refused(RefusalKind.NotFound, await Inquiries.CancelAsync(device, "q-9"));
        Assert.Equal(1, waiter.Wakes);
        await AskAsync(device, "q-2");
        _test.Time.Advance(60_000);
        await _test.Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(2, waiter.Wakes);
        Refused(RefusalKind.Expired, await Inquiries.CancelAsync(device, "q-2"));
        await AskAsync(device, "q-3");
        Ok(await _test.Gateway.Devices.RemoveAsync("d"));
        Assert.Equal(3, waiter.Wakes);
        IReadOnlyList<TakenItem<EndedInquiry>> ended = Ok(await feed.Reader.TakeAsync(10));
        Assert.Equal(
            [("q-1", InquiryOutcome.Cancelled), ("q-2", InquiryOutcome.Expired), ("q-3", InquiryOutcome.DeviceRemoved)],
            ended.Select(e => (e.Item.Id, e.Item.Outcome)));
        Assert.Equal(["q-2", "q-3"], Ok(await Inquiries.ReadEndedAsync("traffic", ended[0].Number, 10)).Ended.Select(e => e.Id));
        Refused(RefusalKind.Malformed, await Inquiries.ReadEndedAsync("traffic", -1, 10));
    }

    [Fact]
    public async Task The_reader_of_a_removed_policy_is_forgotten()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Ok(await _test.Gateway.Policies.CreateAsync("backend", Rights.InquiryAnswer));
        EndedFeed feed = Ok(Inquiries.OpenEnded(_test.Service, "traffic"));
        await AskAsync(device, "q-1");
        Ok(await Inquiries.CancelAsync(device, "q-1"));
        Ok(await feed.Reader.AcceptAsync(Assert.Single(Ok(await feed.Reader.TakeAsync(1)))));
        Assert.Equal(1, await _test.Memory.Mailboxes.GetCursorAsync("ended/backend/traffic"));
        await _test.Memory.Mailboxes.SetCursorAsync("ended/backend/of-a-former-process", 7, 1);
        await _test.Memory.Mailboxes.SetCursorAsync("ended/backend-2/traffic", 7, 1);
        Ok(await _test.Gateway.Policies.RemoveAsync("backend"));
        Assert.Equal(0, await _test.Memory.Mailboxes.GetCursorAsync("ended/backend/traffic"));
        Assert.Equal(0, await _test.Memory.Mailboxes.GetCursorAsync("ended/backend/of-a-former-process"));
        Assert.Equal(7, await _test.Memory.Mailboxes.GetCursorAsync("ended/backend-2/traffic"));
        Assert.NotSame(feed, Ok(Inquiries.OpenEnded(_test.Service, "traffic")));
    }

    [Fact]
    public async Task Subjects_and_detached_handlers_are_bounded()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        InquiryHandler first = Ok(Inquiries.Attach(_test.Service, "a"));
        using InquiryHandler second = Ok(Inquiries.Attach(_test.Service, "b"));
        Refused(RefusalKind.Throttled, Inquiries.Attach(_test.Service, "c"));
        Refused(RefusalKind.Malformed, Inquiries.Attach(_test.Service, "a/b"));
        first.Dispose();
        first.Dispose();
        Ok(await Inquiries.AskAsync(device, "a", "q-1", Content("?"), null, false));
        Assert.Empty(Ok(await first.TakeAsync(1, 1)));
        using InquiryHandler third = Ok(Inquiries.Attach(_test.Service, "c"));
        Assert.Equal(2, Inquiries.HandledSubjects);
    }

    [Fact]
    public async Task A_policy_handles_its_share_of_the_subjects_and_no_more()
    {
        using InquiryHandler first = Ok(Inquiries.Attach(_test.Service, "a"));
        using InquiryHandler again = Ok(Inquiries.Attach(_test.Service, "a"));
        InquiryHandler second = Ok(Inquiries.Attach(_test.Service, "b"));
        Result<InquiryHandler> beyond = Inquiries.Attach(_test.Service, "c");
        Refused(RefusalKind.Throttled, beyond);
        Assert.Contains("its share", beyond.Refusal!.Message, StringComparison.Ordinal);
        using InquiryHandler theirs = Ok(Inquiries.Attach(_other, "c"));
        using InquiryHandler shared = Ok(Inquiries.Attach(_other, "b"));
        Refused(RefusalKind.Throttled, Inquiries.Attach(_other, "d"));

        second.EndPoll(); // It counts for as long as a lease holds.
        Refused(RefusalKind.Throttled, Inquiries.Attach(_test.Service, "d"));
        _test.Time.Advance(10_000);
        await _test.Gateway.Maintenance.RunOnceAsync();
        using InquiryHandler fourth = Ok(Inquiries.Attach(_test.Service, "d"));
        Assert.True(Inquiries.IsHandled("b"));
        var third = new ServicePrincipal("third", Rights.InquiryAnswer, CredentialSlot.Primary, long.MaxValue);
        Refused(RefusalKind.Throttled, Inquiries.Attach(third, "e"));
    }

    [Fact]
    public async Task A_policy_has_its_share_of_the_readers_of_ended_inquiries_and_no_more()
    {
        await using var test = new TestGateway(new GatewayLimits { MaxEndedReaders = 3, EndedReaderSharePercent = 67 });
        InquiryHub inquiries = test.Gateway.Inquiries;
        Ok(await test.Gateway.Policies.CreateAsync("backend", Rights.InquiryAnswer));
        EndedFeed first = Ok(inquiries.OpenEnded(test.Service, "a"));
        Ok(inquiries.OpenEnded(test.Service, "b"));
        Assert.Same(first, Ok(inquiries.OpenEnded(test.Service, "a")));
        Result<EndedFeed> beyond = inquiries.OpenEnded(test.Service, "c");
        Refused(RefusalKind.Throttled, beyond);
        Assert.Contains("its share", beyond.Refusal!.Message, StringComparison.Ordinal);
        Ok(inquiries.OpenEnded(_other, "a"));
        Assert.Contains("the limit", inquiries.OpenEnded(_other, "b").Refusal!.Message, StringComparison.Ordinal);

        Ok(await test.Gateway.Policies.RemoveAsync("backend"));
        Ok(inquiries.OpenEnded(test.Service, "c"));
        Ok(inquiries.OpenEnded(test.Service, "d"));
    }

    [Fact]
    public async Task A_reader_of_ended_inquiries_that_nobody_receives_from_is_forgotten_as_its_cursor_is()
    {
        long kept = _test.Gateway.Limits.InquiryRetentionMs;
        EndedFeed feed = Ok(Inquiries.OpenEnded(_test.Service, "traffic"));
        var receiver = new TestReceiver();
        feed.Added.Add(receiver);
        await AfterAsync(kept);
        Assert.Same(feed, Ok(Inquiries.OpenEnded(_test.Service, "traffic")));
        feed.Added.Remove(receiver);
        await AfterAsync(kept - 1);
        Refused(RefusalKind.Throttled, Inquiries.OpenEnded(_other, "traffic"));
        await AfterAsync(1);
        Ok(Inquiries.OpenEnded(_other, "traffic"));

        async Task AfterAsync(long ms)
        {
            _test.Time.Advance(ms);
            await _test.Gateway.Maintenance.RunOnceAsync();
        }
    }

    [Fact]
    public void An_answer_keeps_what_the_handler_wrote_but_for_what_the_gateway_says()
    {
        byte[] written = new MessageContent
        {
            Body = Encoding.UTF8.GetBytes("b"),
            BodyKind = BodyKind.Text,
            CorrelationId = "foreign",
            Subject = "s",
            Properties = [new("number", "9"), new("final", "no"), new("error", "x"), new("k", "v")],
        }.Encode();
        MessageContent answer = MessageContent.Decode(AnswerContent.Write(written, "q-1", 3, false));
        Assert.Equal(("q-1", "s", BodyKind.Text), (answer.CorrelationId, answer.Subject, answer.BodyKind));
        Assert.Equal("b", Encoding.UTF8.GetString(answer.Body.Span));
        Assert.Equal([new("number", "3"), new("final", "false"), new("error", "x"), new("k", "v")], answer.Properties);
    }

    [Fact]
    public void Numbers_leases_and_names_have_one_text()
    {
        Assert.True(InquiryNumber.TryParse("17", out InquiryNumber number));
        Assert.Equal("17", number.ToString());
        Assert.False(InquiryNumber.TryParse("017", out _));
        Assert.True(InquiryLease.TryParse("17-2", out InquiryLease lease));
        Assert.Equal((new InquiryLease(number, 2), "17-2"), (lease, lease.ToString()));
        Assert.False(InquiryLease.TryParse("17", out _));
        Assert.True(InquiryNames.IsSubject("road-traffic.v2"));
        Assert.False(InquiryNames.IsSubject("a:b"));
        Assert.True(InquiryNames.IsId("a:b@c=d~e"));
        Assert.False(InquiryNames.IsId(".."));
        Assert.False(InquiryNames.IsId(new string('a', 65)));
        Assert.Equal("device-removed", InquiryOutcome.DeviceRemoved.Name());
    }

    private async Task<AskedInquiry> AskAsync(DevicePrincipal device, string id) =>
        Ok(await Inquiries.AskAsync(device, "traffic", id, Content("?"), null, false));

    private ValueTask<Result<StoredAnswer>> AnswerAsync(InquiryNumber inquiry) =>
        Inquiries.AnswerAsync(_test.Service, inquiry, Content("x"), true);

    private async Task<TakenInquiry> TakeAsync(ServicePrincipal service)
    {
        using InquiryHandler handler = Ok(Inquiries.Attach(service, "traffic"));
        return Assert.Single(Ok(await handler.TakeAsync(1, 1)));
    }
}
