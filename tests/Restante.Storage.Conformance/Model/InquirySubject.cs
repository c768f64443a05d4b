using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Model;

/// <summary>
/// One store in a random run of inquiries. Numbers of inquiries are the same in every store, as they count from 1 without gaps; devices are
/// named by the order in which they were created.
/// </summary>
internal sealed class InquirySubject(StoreHarness harness) : IModelSubject<InquiryStep>
{
    private static readonly MailboxLimits s_limits = new() { MaxDepth = 4, MaxBytes = 500 };

    private static readonly InquiryRules s_rules = new()
    {
        MaxOpenPerDevice = 4,
        MaxWaitingPerSubject = 5,
        MaxAnswers = 3,
        MaxDeliveries = 3,
        RetentionMs = 300,
        MaxEndedPerDevice = 3,
        MaxEndedSubjects = 1,
        MaxEndedReaders = 2,
        AnswerLifeMs = 1_000_000,
    };

    private readonly Dictionary<string, DeviceNumber> _devices = [];
    private readonly List<DeviceNumber> _created = [];
    private readonly List<(InquiryLease Lease, string Handler)> _leases = [];
    private IGatewayStore _store = null!;
    private long _nowMs = 1_000;

    private IInquiryStore Inquiries => _store.Inquiries;

    public async Task OpenAsync() => _store = await harness.OpenAsync(s_limits);

    public async Task CloseAsync()
    {
        await _store.DisposeAsync();
        await harness.DisposeAsync();
    }

    /// <summary>Runs one step and says what came of it.</summary>
    public async Task<string> RunAsync(InquiryStep step)
    {
        string id = $"d-{step.A}";
        DeviceNumber device = _devices.GetValueOrDefault(id, new DeviceNumber(1_000_000));
        switch (step.Kind)
        {
            case InquiryStepKind.CreateDevice:
                var wish = new NewDevice(DeviceId.Parse(id), DeviceStatus.Enabled, SymmetricKey.Generate(), SymmetricKey.Generate());
                DeviceRecord? created = await _store.Registry.CreateDeviceAsync(wish, _nowMs);
                if (created is null)
                    return "exists";
                _devices[id] = created.Number;
                _created.Add(created.Number);
                return "created";
            case InquiryStepKind.Ask:
                return $"{await Inquiries.AskAsync(Question(device, step), s_rules, _nowMs)}";
            case InquiryStepKind.Take:
                return await TakeAsync(step);
            case InquiryStepKind.Settle:
                return await SettleAsync(step);
            case InquiryStepKind.Answer:
                AnswerResult answered = await Inquiries.AnswerAsync(Answer(step), s_rules, _nowMs);
                return $"{answered with { Device = default }} {Name(answered.Device)}";
            case InquiryStepKind.Cancel:
                return $"{await Inquiries.CancelAsync(device, $"q-{step.B % 6}", _nowMs)}";
            case InquiryStepKind.MoveReader:
                await _store.Mailboxes.SetCursorAsync(Reader($"h-{step.A % 2}", $"s-{step.B % 2}"), step.C % 9, _nowMs);
                return "moved";
            case InquiryStepKind.ForgetReaders:
                await _store.Mailboxes.RemoveCursorsAsync(Reader($"h-{step.A % 2}", string.Empty));
                return "forgotten";
            case InquiryStepKind.AdvanceTime:
                return $"now {_nowMs += step.B % 90}";
            case InquiryStepKind.Sweep:
                return await SweepAsync((step.B % 5) + 1);
            case InquiryStepKind.EmptyMailbox:
                return $"purged {(await _store.Mailboxes.PurgeAsync(device, "purge", _nowMs)).Count}";
            case InquiryStepKind.RemoveDevice:
                return $"removed {Name((await _store.Registry.RemoveDeviceAsync(DeviceId.Parse(id), null, _nowMs))?.Device.Number)}";
            default:
                await _store.DisposeAsync();
                await OpenAsync();
                return "restarted";
        }
    }

    /// <summary>All that can be seen of the store now.</summary>
    public async Task<string> DescribeAsync()
    {
        var lines = new List<string>();
        for (int number = 1; number <= 200; number++)
        {
            if (await Inquiries.FindAsync(new InquiryNumber(number)) is InquiryRecord record)
                lines.Add($"{record}");
        }

        foreach ((string id, DeviceNumber device) in _devices)
        {
            foreach (BrowsedMessage message in await _store.Mailboxes.BrowseAsync(device, default, 100, _nowMs))
            {
                MessageContent content = MessageContent.Decode(message.Content);
                lines.Add($"{id}: {message.Kind} of {message.Sender} for {content.CorrelationId} "
                    + $"{string.Join(' ', content.Properties)} {content.Body.Length}");
            }
        }

        foreach (string subject in (string[])["s-0", "s-1"])
        {
            EndedInquiryBatch ended = await Inquiries.ReadEndedAsync(subject, 0, 1_000);
            lines.Add($"{subject}: {string.Join("; ", ended.Ended)} skipped {ended.SkippedByRetention} last {ended.LastNumber}");
            ended = await Inquiries.ReadEndedAsync(subject, 2, 1);
            lines.Add($"after 2: {string.Join("; ", ended.Ended)} skipped {ended.SkippedByRetention} last {ended.LastNumber}");
            foreach (string handler in (string[])["h-0", "h-1"])
                lines.Add($"{handler} has come to {await _store.Mailboxes.GetCursorAsync(Reader(handler, subject))}");
        }

        return string.Join('\n', lines);
    }

    private static string Reader(string handler, string subject) => $"{InquiryNames.EndedReaders}{handler}/{subject}";

    private static byte[] Content(int size) => new MessageContent { Body = new byte[size] }.Encode();

    private string Name(DeviceNumber? device) => device is DeviceNumber number ? $"device {_created.IndexOf(number)}" : "no device";

    private NewInquiry Question(DeviceNumber device, InquiryStep step) => new()
    {
        Device = device,
        Id = $"q-{step.B % 6}",
        Subject = $"s-{step.C % 2}",
        Content = Content(step.C % 20),
        DeadlineMs = _nowMs + 1 + (step.C % 400),
    };

    private NewAnswer Answer(InquiryStep step) => new()
    {
        Inquiry = _leases.Count == 0 || step.B % 9 == 0
            ? new InquiryNumber((step.B % 20) + 1)
            : _leases[^((step.B % Math.Min(_leases.Count, 6)) + 1)].Lease.Number,
        Handler = $"h-{step.A % 2}",
        Number = step.C % 3 == 0 ? (step.C % 4) + 1 : 0,
        IsFinal = step.C % 5 == 0,
        Content = Content(step.C % 90),
    };

    private async Task<string> TakeAsync(InquiryStep step)
    {
        string handler = $"h-{step.A % 2}";
        IReadOnlyList<TakenInquiry> taken = await Inquiries.TakeAsync(
            new InquiryRequest($"s-{step.B % 2}", handler, (step.C % 3) + 1, (step.C % 60) + 1, _nowMs, (step.C % 120) + 1));
        _leases.AddRange(taken.Select(t => (t.Lease, handler)));
        return string.Join("; ", taken.Select(t =>
            $"{t.Lease} {t.Device} {t.Id} {t.Subject} {t.AskedAtMs} {t.DeadlineMs} {t.LeasedUntilMs} {t.Answers} {t.Content.Length}"));
    }

    private async Task<string> SettleAsync(InquiryStep step)
    {
        if (_leases.Count == 0)
            return "nothing to settle";
        (InquiryLease lease, string handler) = _leases[^((step.B % Math.Min(_leases.Count, 5)) + 1)];
        if (step.B % 11 == 0)
            handler = "h-2";
        var settle = new InquirySettle(lease, handler, (SettleVerb)(step.C % 4), step.C % 8 == 1 ? null : $"r-{step.C}", (step.C % 90) + 1);
        InquirySettleResult settled = await Inquiries.SettleAsync(settle, s_rules, _nowMs);
        return $"{lease} {settle.Verb} {settled with { Told = null }} {Name(settled.Told)}";
    }

    private async Task<string> SweepAsync(int maxItems)
    {
        (int expired, int undeliverable, int untold, int lapsed, int dropped) = (0, 0, 0, 0, 0);
        var names = new SortedSet<string>(StringComparer.Ordinal);
        InquirySweep one;
        do
        {
            one = await Inquiries.SweepAsync(_nowMs, maxItems, s_rules);
            Assert.InRange(one.Expired + one.Lapsed + one.Dropped, 0, maxItems);
            (expired, undeliverable, untold) = (expired + one.Expired, undeliverable + one.Undeliverable, untold + one.Untold);
            (lapsed, dropped) = (lapsed + one.Lapsed, dropped + one.Dropped);
            names.UnionWith(one.WaitingAgain.Select(s => $"waiting {s}"));
            names.UnionWith(one.Ended.Select(s => $"ended {s}"));
            names.UnionWith(one.DevicesWithMail.Select(d => $"mail {Name(d)}"));
        }
        while (one.More);
        return $"expired {expired} undeliverable {undeliverable} untold {untold} lapsed {lapsed} dropped {dropped} "
            + string.Join(", ", names);
    }
}
