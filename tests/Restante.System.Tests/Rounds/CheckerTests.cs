namespace Restante.System.Tests.Rounds;

/// <summary>
/// The checker finds what it is there for: small histories, each of which breaks one promise, and the same without the break.
/// </summary>
public sealed class CheckerTests
{
    private const int MaxDeliveries = 3;

    private static readonly Entry s_connect = new() { Act = Act.Connect, From = 10, To = 20, Device = "a", Connection = 1, Word = "Amqp" };
    private static readonly Entry s_send =
        new() { Act = Act.Send, From = 30, To = 40, Reply = Reply.Done, Device = "a", Key = "c-1", Id = 7 };
    private static readonly Entry s_handout = new()
    {
        Act = Act.Handout,
        From = 41,
        To = 50,
        Device = "a",
        Word = "a",
        Key = "c-1",
        Id = 7,
        Kind = "command",
        Connection = 1,
        Number = 1,
    };

    private static readonly Entry s_accept = s_handout with { Act = Act.Settle, From = 51, To = 60, Word = "accept", Reply = Reply.Done };
    private static readonly Entry s_outcome =
        new() { Act = Act.Outcome, From = 61, To = 70, Device = "a", Key = "c-1", Id = 7, Word = "accepted", Number = 1 };
    private static readonly Entry s_look = new() { Act = Act.Looked, From = 80, To = 90 };
    private static readonly Entry s_drained = new() { Act = Act.Drained, From = 100, To = 110 };
    private static readonly Entry s_telemetry =
        new() { Act = Act.Telemetry, From = 30, To = 40, Reply = Reply.Done, Device = "a", Number = 1 };
    private static readonly Entry s_stored = new() { Act = Act.Stored, From = 80, To = 85, Device = "a", Word = "a", Number = 1, Id = 5 };

    [Fact]
    public void What_went_well_breaks_nothing() =>
        Assert.Empty(Check(s_connect, s_send, s_handout, s_accept, s_outcome, s_telemetry, s_stored, s_look));

    [Fact]
    public void An_acknowledged_command_that_neither_waits_nor_ended_is_lost()
    {
        Broken("nothing acknowledged is lost", s_send, s_look);
        Assert.Empty(Check(s_send, s_look with { From = 75 },
            new Entry { Act = Act.Waiting, From = 76, To = 77, Device = "a", Key = "c-1", Id = 7 }));
        Assert.Empty(Check(s_send with { Reply = Reply.None }, s_look));
    }

    [Fact]
    public void A_confirmed_settling_without_an_outcome_is_lost() =>
        Broken("nothing acknowledged is lost", s_connect, s_send, s_handout, s_accept, s_look,
            new Entry { Act = Act.Waiting, From = 82, To = 83, Device = "a", Key = "c-1", Id = 7 });

    [Fact]
    public void An_answer_that_never_comes_is_lost() =>
        Broken("nothing acknowledged is lost", s_send with { Act = Act.Answer, Key = "q-1/1", Word = "final" }, s_look, s_drained);

    [Fact]
    public void One_message_has_one_id() => Broken("one message-id is one message", s_send, s_send with { From = 41, To = 45, Id = 8 });

    [Fact]
    public void What_is_refused_is_not_there() =>
        Broken("what is refused is not there", s_connect, s_send with { Reply = Reply.Refused, Id = 0 }, s_handout);

    [Fact]
    public void What_another_was_sent_does_not_come() =>
        Broken("a device sees only its own", s_connect, s_send with { Device = "b" }, s_handout with { Word = "b" });

    [Fact]
    public void What_was_accepted_does_not_come_again()
    {
        Broken("nothing comes after its end", s_connect, s_send, s_handout, s_accept, s_outcome,
            s_handout with { From = 71, To = 75, Number = 2 });
        Broken("nothing comes after its end", s_connect, s_send, s_handout, s_accept, s_handout with { From = 61, To = 75, Number = 2 });

        // What may have been on its way already proves nothing.
        Assert.Empty(Check(s_connect, s_send, s_handout, s_accept, s_outcome, s_handout with { From = 41, To = 75, Number = 2 }));
    }

    [Fact]
    public void It_has_one_outcome() =>
        Broken("one outcome", s_connect, s_send, s_handout, s_accept, s_outcome, s_outcome with { Word = "expired" });

    [Theory]
    [InlineData("accepted")]
    [InlineData("rejected")]
    [InlineData("cancelled")]
    [InlineData("expired")]
    [InlineData("undeliverable")]
    [InlineData("device-removed")]
    public void An_outcome_has_its_reason(string outcome) =>
        Broken("the outcome is what the device did", s_connect, s_send, s_handout, s_outcome with { Word = outcome });

    [Fact]
    public void A_confirmed_acceptance_is_the_outcome() =>
        Broken("the outcome is what the device did", s_connect, s_send with { LifeMs = 1 }, s_handout, s_accept,
            s_outcome with { Word = "expired" });

    [Fact]
    public void What_was_rejected_is_on_the_shelf()
    {
        Entry[] rejected = [s_connect, s_send, s_handout, s_accept with { Word = "reject" }, s_outcome with { Word = "rejected" }, s_look];
        Entry shelved = s_outcome with { Act = Act.Shelved, From = 106, To = 108, Word = "rejected" };
        Broken("not on the shelf", [.. rejected, s_drained]);
        Assert.Empty(Check([.. rejected, shelved, s_drained]));
        Broken("one outcome", [.. rejected, shelved with { Word = "undeliverable" }, s_drained]);
    }

    [Fact]
    public void Nothing_comes_after_its_expiry_or_before_its_time()
    {
        double now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        double at = History.Now;
        Entry sent = s_send with { From = at, To = at + 1, LifeMs = 1_000 };
        Broken("never late", s_connect with { From = at, To = at + 1 }, sent, s_handout with { From = at + 2_000, To = at + 2_001 });
        Assert.Empty(Check(s_connect with { From = at, To = at + 1 }, sent, s_handout with { From = at + 2, To = at + 2_001 }));
        Broken(
            "never before its time",
            s_connect with { From = at, To = at + 1 },
            sent with { LifeMs = 0, NotBeforeMs = now + 60_000 },
            s_handout with { From = at + 2, To = at + 2_001 });
    }

    [NeedsMovableClock]
    public async Task What_was_taken_at_a_later_attempt_expires_by_the_clock_of_then()
    {
        using RoundClock clock = await RoundClock.MovableAsync();
        double at = History.Now;
        Entry tried = s_send with { From = at - 1_000, To = at - 999, Reply = Reply.None, Id = 0, LifeMs = 10_000 };
        Assert.Equal(1, Expired(tried));
        clock.Step(-50);
        at = History.Now;
        Assert.Equal(1, Expired(tried));
        Assert.Equal(0, Expired(tried, tried with { From = at, To = at + 1, Reply = Reply.Done, Id = 7 }));

        int Expired(params Entry[] sends) => new Checker(
            [.. sends, s_outcome with { From = at + 1_500, To = at + 1_600, Word = "expired", Number = 0 }], clock, MaxDeliveries)
            .Check().Count(static broken => broken.Contains("nothing explains", StringComparison.Ordinal));
    }

    [Fact]
    public void It_is_handed_out_so_often_at_most() =>
        Broken("handed out so often at most", s_connect, s_send, s_handout with { Number = MaxDeliveries + 1 });

    [Fact]
    public void A_connection_gets_nothing_once_a_newer_one_has_the_mailbox()
    {
        Entry newer = s_connect with { Connection = 2, From = 42, To = 45 };
        Broken("one holder", s_connect, newer, s_send, s_handout with { From = 46 });
        Assert.Empty(Check(s_connect, newer, s_send, s_handout with { From = 44 }));
    }

    [Fact]
    public void Mail_comes_in_order() => Broken(
        "order: on connection", s_connect, s_send with { To = 60 }, s_send with { Key = "c-2", Id = 8, To = 60 },
        s_handout with { Key = "c-2", Id = 8 }, s_handout with { From = 51, To = 55 });

    [Fact]
    public void Mail_that_an_earlier_request_was_handed_comes_when_it_is_given_back()
    {
        Entry connect = s_connect with { Word = "Https" };
        Entry[] later = [s_send with { To = 60 }, s_send with { Key = "c-2", Id = 8, To = 60 }, s_handout with { Key = "c-2", Id = 8 }];
        Assert.Empty(Check([connect, .. later, s_handout with { From = 51, To = 55, Number = 2 }]));
        Broken("order: on connection", [connect, .. later, s_handout with { From = 51, To = 55 }]);
    }

    [Fact]
    public void Places_are_those_of_acceptance() =>
        Broken("order of acceptance", s_send, s_send with { Key = "c-2", Id = 6, From = 45, To = 50 });

    [Fact]
    public void Telemetry_is_there_once_in_order_and_of_its_sender()
    {
        Broken("nothing acknowledged is lost", s_telemetry, s_look);
        Broken("stored 2 times", s_telemetry, s_stored, s_stored with { Id = 6 });
        Broken("identity", s_telemetry, s_stored, s_stored with { Id = 9, Device = "b" });
        Broken("order", s_telemetry, s_telemetry with { Number = 2, From = 45, To = 50 }, s_stored, s_stored with { Number = 2, Id = 4 });
    }

    [Fact]
    public void A_group_is_not_told_again_what_it_confirmed()
    {
        Entry read = s_stored with { Act = Act.GroupRead };
        Entry confirmed = new() { Act = Act.GroupConfirmed, From = 86, To = 87, Reply = Reply.Done, Id = 5 };
        Broken("not twice", s_telemetry, s_stored, read, confirmed, read with { From = 88, To = 89 });
        Broken("never came to the group", s_telemetry, s_stored, s_look, s_drained);
    }

    [Fact]
    public void Reports_are_there_without_gaps()
    {
        Entry report = new() { Act = Act.Report, From = 52, To = 55, Reply = Reply.Done, Device = "a", Key = "r-1", Id = 7 };
        Entry stored = report with { Act = Act.ReportStored, From = 81, To = 82, Word = "a", Number = 1 };
        Assert.Empty(Check(report, stored, s_look));
        Broken("nothing acknowledged is lost", report, s_look);
        Broken("have the numbers", report, stored with { Number = 2 }, s_look);
    }

    [Fact]
    public void An_inquiry_comes_to_a_handler_until_it_is_answered()
    {
        Entry ask = new() { Act = Act.Ask, From = 30, To = 40, Reply = Reply.Done, Device = "a", Key = "q-1" };
        Entry asked = ask with { Act = Act.Asked, From = 45, To = 50, Reply = Reply.None };
        Entry answer = new() { Act = Act.Answer, From = 51, To = 55, Reply = Reply.Done, Device = "a", Key = "q-1/1", Word = "final" };
        Assert.Empty(Check(ask, asked, answer, s_look));
        Broken("never handed out", ask, s_look, s_drained);
        Broken("nothing comes after its end", ask, asked, answer, asked with { From = 56, To = 60 });
        Broken("identity", ask, asked with { Device = "b" });
    }

    [Fact]
    public void A_state_is_the_last_that_was_acknowledged_or_one_under_way()
    {
        Entry write = new() { Act = Act.Reported, From = 30, To = 40, Reply = Reply.Done, Device = "a", Number = 2 };
        Entry seen = new() { Act = Act.StateSeen, From = 81, To = 82, Device = "a", Word = nameof(Act.Reported), Number = 2 };
        Assert.Empty(Check(write, seen));
        Assert.Empty(Check(write, write with { Number = 3, Reply = Reply.None }, seen with { Number = 3 }));
        Broken("nothing acknowledged is lost", write, seen with { Number = 1 });
    }

    private static IReadOnlyList<string> Check(params Entry[] history)
    {
        using RoundClock clock = RoundClock.Usual();
        return new Checker(history, clock, MaxDeliveries).Check();
    }

    private static void Broken(string promise, params Entry[] history) =>
        Assert.Contains(Check(history), broken => broken.Contains(promise, StringComparison.Ordinal));
}
