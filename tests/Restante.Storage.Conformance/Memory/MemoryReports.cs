using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Reports;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

/// <summary>
/// The rules of reports in their shortest form. A report is there as long as its command is: among the messages, or among the outcomes.
/// </summary>
internal sealed class MemoryReports(MemoryState state) : IReportStore
{
    private readonly List<ReportRecord> _reports = [];
    private readonly Dictionary<long, DeviceNumber> _devices = [];
    private long _last;

    public ValueTask<ReportResult> AppendAsync(ReportItem report, ReportRules rules, long nowMs)
    {
        byte[] copy = report.Content.ToArray();
        return state.Run(() =>
        {
            state.CheckWrite();
            return Append(report, copy, rules, nowMs);
        });
    }

    public ValueTask<IReadOnlyList<ReportRecord>> ReadAsync(Sequence command, int from, int max, int maxBytes) =>
        state.Run<IReadOnlyList<ReportRecord>>(() =>
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
            var read = new List<ReportRecord>();
            long bytes = 0;
            foreach (ReportRecord report in Of(command).Where(r => r.Number >= from).Take(max))
            {
                bytes += report.Content.Length;
                if (read.Count > 0 && bytes > maxBytes)
                    break;
                read.Add(report);
            }

            return read;
        });

    public ValueTask<ReportRecord?> FindFinalAsync(Sequence command) => state.Run(() => Of(command).SingleOrDefault(r => r.IsFinal));

    public ValueTask<ReportBatch> ReadFeedAsync(long after, int max) => state.Run(() =>
    {
        long place = Math.Max(after, 0);
        List<ReportRecord> read = [.. Kept().Where(r => r.FeedNumber > place).Take(max)];
        long to = read.Count > 0 ? read[^1].FeedNumber : _last;
        return new ReportBatch(read, Math.Max(0, to - place - read.Count), _last);
    });

    private ReportResult Append(ReportItem report, byte[] content, ReportRules rules, long nowMs)
    {
        if (FindCommand(report, rules) is not { } command)
            return new ReportResult(ReportStatus.NotOwn, 0, 0, 0);
        List<ReportRecord> before = [.. Of(report.Command)];
        int last = before.Count;
        ReportStatus status =
            report.Number > 0 && report.Number <= last ? ReportStatus.Duplicate
            : before.Exists(r => r.IsFinal) ? ReportStatus.AfterFinal
            : nowMs >= command.DeadlineMs ? ReportStatus.PastDeadline
            : last >= rules.MaxReports ? ReportStatus.TooMany
            : BytesOf(report.Device) + report.Bytes > rules.MaxBytes ? ReportStatus.TooManyBytes
            : report.Number > last + 1 ? ReportStatus.Gap
            : ReportStatus.Stored;
        if (status != ReportStatus.Stored)
            return new ReportResult(status, status == ReportStatus.Duplicate ? report.Number : 0, last, command.DeadlineMs);
        _reports.Add(new ReportRecord
        {
            FeedNumber = ++_last,
            Command = report.Command,
            Number = last + 1,
            IsFinal = report.IsFinal,
            Device = command.Device,
            AtMs = nowMs,
            Content = content,
        });
        _devices[_last] = report.Device;
        return new ReportResult(status, last + 1, last + 1, command.DeadlineMs, _last);
    }

    private (DeviceId Device, long DeadlineMs)? FindCommand(ReportItem report, ReportRules rules)
    {
        if (state.ByNumber.TryGetValue(report.Device.Value, out MemoryDevice? device)
            && device.Messages.TryGetValue(report.Command.Value, out MemoryMessage? message))
        {
            if (message.Item.Kind != MessageKind.Command)
                return null;
            return (device.Record.Id, message.Item.ReportsUntilMs > 0 ? message.Item.ReportsUntilMs : long.MaxValue);
        }

        OutcomeRecord? outcome = Ended().SingleOrDefault(o => o.Sequence == report.Command);
        if (outcome is null || outcome.DeviceNumber != report.Device || outcome.Kind != MessageKind.Command)
            return null;
        return (outcome.Device, outcome.ReportsUntilMs > 0 ? outcome.ReportsUntilMs : outcome.AtMs + rules.DeadlineAfterEndMs);
    }

    private IEnumerable<ReportRecord> Of(Sequence command) => Kept().Where(r => r.Command == command);

    private long BytesOf(DeviceNumber device) =>
        Kept().Where(r => _devices[r.FeedNumber] == device).Sum(r => (long)r.Content.Length + ReportItem.Overhead);

    private IEnumerable<OutcomeRecord> Ended() => state.Outcomes.Values.Concat(state.Untold);

    private List<ReportRecord> Kept()
    {
        var commands = Ended().Select(o => o.Sequence)
            .Concat(state.ByNumber.Values.SelectMany(d => d.Messages.Values).Select(m => m.Sequence)).ToHashSet();
        _reports.RemoveAll(r => !commands.Contains(r.Command));
        return _reports;
    }
}
