using System.Globalization;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Sessions;

namespace Restante.Core.Tests.Audit;

public sealed class RefusalFoldTests
{
    private const long HourMs = 3_600_000;

    private static readonly AuditLimits s_limits = new() { MaxRefusalsPerHour = 100, MaxRefusalsPerSourcePerHour = 10 };

    private readonly RefusalFold _fold = new(s_limits);

    [Fact]
    public void The_first_is_told_at_once_and_the_others_of_its_window_together()
    {
        Assert.Equal(1, Assert.NotNull(_fold.Add(Of("truck", "sub"), 1_000)).Count);
        for (int i = 1; i <= 13; i++)
            Assert.Null(_fold.Add(Of("truck", "sub"), 1_000 + (i * 100)));
        Assert.Empty(_fold.TakeDue(60_999));
        CountedEntry others = Assert.Single(_fold.TakeDue(61_000));
        Assert.Equal((13, 1_100L, 2_300L), (others.Count, others.FirstMs, others.AtMs));
        Assert.Empty(_fold.TakeDue(61_000));
    }

    [Fact]
    public void What_stays_quiet_is_forgotten_and_begins_anew()
    {
        _fold.Add(Of("truck", "sub"), 0);
        Assert.Empty(_fold.TakeDue(60_000));
        Assert.Equal(0, _fold.Counted);
        Assert.NotNull(_fold.Add(Of("truck", "sub"), 60_001));
    }

    [Fact]
    public void Who_what_why_and_where_from_are_told_apart()
    {
        Assert.NotNull(_fold.Add(Of("truck", "sub"), 0));
        Assert.NotNull(_fold.Add(Of("lamp", "sub"), 0));
        Assert.NotNull(_fold.Add(Of("truck", "pub"), 0));
        Assert.NotNull(_fold.Add(Of("truck", "sub") with { Refusal = RefusalKind.NotFound }, 0));
        Assert.NotNull(_fold.Add(Of("truck", "sub", "10.0.0.9"), 0));
        Assert.NotNull(_fold.Add(Of("truck", "sub") with { Detail = "other" }, 0));
        Assert.Null(_fold.Add(Of("truck", "sub") with { Target = "what it is done to does not count" }, 0));
    }

    [Fact]
    public void One_principal_has_no_more_than_its_share_and_hides_nobody()
    {
        int told = Enumerable.Range(0, 1_000).Count(i => _fold.Add(Of("thief", "act" + i), i) is not null);
        Assert.Equal(10, told);
        Assert.NotNull(_fold.Add(Of("truck", "sub"), 1_000));

        List<CountedEntry> due = _fold.TakeDue(120_000);
        CountedEntry several = Assert.Single(due, e => e.Entry.Act == RefusalFold.SeveralActs);
        Assert.Equal(("thief", 990), (several.Entry.By.Name, several.Count));
    }

    [Fact]
    public void Guesses_from_everywhere_leave_room_for_those_who_are_known()
    {
        for (int i = 0; i < 10_000; i++)
            _fold.Add(Guess($"198.51.{i / 256}.{i % 256}"), i / 10);
        Assert.Equal(100, _fold.Counted);
        Assert.NotNull(_fold.Add(Of("truck", "sub"), 1_000));
        CountedEntry all = Assert.Single(_fold.TakeDue(61_000), e => e.Entry.Act == RefusalFold.SeveralActs);
        Assert.Equal(10_000 - 100, all.Count);
    }

    [Fact]
    public void Stolen_devices_hide_no_service()
    {
        for (int i = 0; i < 1_000; i++)
            _fold.Add(Of($"thief-{i % 50}", $"act-{i / 50}"), 0);
        Assert.Null(_fold.Add(Of("truck", "sub"), 1));
        var spy = new ServicePrincipal("spy", Rights.Send, CredentialSlot.Primary, long.MaxValue);
        var entry = new AuditEntry
        {
            Act = "listPolicies",
            By = AuditActor.Of(spy, new ConnectionName("https", 0, "10.0.0.9")),
            Refusal = RefusalKind.Forbidden,
        };
        Assert.Equal("spy", _fold.Add(entry, 2)?.Entry.By.Name);
    }

    [Fact]
    public void However_many_they_are_an_hour_has_a_bounded_number_of_entries_and_none_is_uncounted()
    {
        long entries = 0, counted = 0;
        const int each = 600, hours = 5, limit = 100;
        for (long now = 0; now < hours * HourMs; now += 60_000)
        {
            for (int i = 0; i < each; i++)
                Count(_fold.Add(Guess($"203.0.{i / 256}.{i % 256}"), now));
            foreach (CountedEntry due in _fold.TakeDue(now))
                Count(due);
        }

        foreach (CountedEntry rest in _fold.TakeAll())
            Count(rest);
        Assert.Equal(each * hours * 60, counted);
        Assert.InRange(entries, 1, (hours * (limit + 10)) + 1);

        void Count(CountedEntry? entry)
        {
            entries += entry is null ? 0 : 1;
            counted += entry?.Count ?? 0;
        }
    }

    [Fact]
    public void What_is_kept_until_it_is_told_is_no_longer_than_what_is_told()
    {
        string text = new('x', 65_000);
        for (int i = 0; i < 2; i++)
        {
            CountedEntry? first = _fold.Add(Of("truck", "attach") with { Target = text, Detail = text }, 0);
            CountedEntry told = i == 0 ? Assert.NotNull(first) : Assert.Single(_fold.TakeAll());
            Assert.Equal((text[..256], text[..256]), (told.Entry.Target, told.Entry.Detail));
        }
    }

    [Fact]
    public void One_network_of_IPv6_is_one_source()
    {
        int told = Enumerable.Range(0, 100).Count(i =>
            _fold.Add(Guess("2001:db8:1:2::" + i.ToString("x", CultureInfo.InvariantCulture)) with { Detail = "d" + i }, 0) is not null);
        Assert.Equal(10, told);
    }

    private static AuditEntry Of(string device, string act, string peer = "10.0.0.1")
    {
        var principal = new DevicePrincipal(DeviceId.Parse(device), new(1), CredentialSlot.Primary, long.MaxValue);
        return new AuditEntry { Act = act, By = AuditActor.Of(principal, new ConnectionName("mqtt", 3, peer)), Refusal = RefusalKind.Forbidden };
    }

    private static AuditEntry Guess(string peer) => new()
    {
        Act = "authenticate",
        By = AuditActor.Claimed(null, null, new ConnectionName("mqtt", 3, peer)),
        Refusal = RefusalKind.Unauthorized,
    };
}
