namespace Restante.System.Tests.Rounds;

/// <summary>The checks of what devices send: telemetry, reports, inquiries, and their state.</summary>
internal sealed class StreamChecker(ILookup<Act, Entry> acts, Entry? look, Entry? drained)
{
    private readonly List<string> _broken = [];

    public IReadOnlyList<string> Check()
    {
        CheckTelemetry();
        CheckGroup();
        CheckReports();
        CheckInquiries();
        CheckStates();
        return _broken;
    }

    private void CheckTelemetry()
    {
        ILookup<(string, long), Entry> stored = acts[Act.Stored].DistinctBy(static s => (s.Partition, s.Id))
            .ToLookup(static s => (s.Word, s.Number));
        var sent = acts[Act.Telemetry].ToDictionary(static t => (t.Device, t.Number));
        foreach (Entry wrong in acts[Act.Stored].Where(static s => s.Word != s.Device))
            _broken.Add($"identity: telemetry {wrong.Number} of {wrong.Word} is stamped {wrong.Device}");
        foreach (((string device, long number), Entry one) in sent)
        {
            int count = stored[(device, number)].Count();
            if (count > 1)
                _broken.Add($"telemetry {number} of {device} is stored {count} times");
            if (count > 0 && one.Reply == Reply.Refused)
                _broken.Add($"what is refused is not there: telemetry {number} of {device} was refused and is stored");
            if (count == 0 && one.Reply == Reply.Done && one.To < look?.From)
                _broken.Add($"nothing acknowledged is lost: telemetry {number} of {device}, acknowledged at {one.To:F1}");
        }

        foreach (IGrouping<string, Entry> device in stored.SelectMany(static s => s).Where(s => sent.ContainsKey((s.Word, s.Number)))
            .GroupBy(static s => s.Word))
            CheckOrder(device.Key, [.. device.OrderBy(static s => s.Id).Select(s => sent[(s.Word, s.Number)])]);
    }

    // Of two in the stream the later one was not acknowledged before the earlier one was sent.
    private void CheckOrder(string device, List<Entry> inStream)
    {
        double latestBegun = double.NegativeInfinity;
        foreach (Entry one in inStream)
        {
            if (one.Reply == Reply.Done && one.To < latestBegun)
                _broken.Add($"order: telemetry {one.Number} of {device} stands behind what was sent after it was acknowledged");
            latestBegun = Math.Max(latestBegun, one.From);
        }
    }

    private void CheckGroup()
    {
        foreach (IGrouping<int, Entry> partition in acts[Act.GroupConfirmed].Where(static c => c.Reply == Reply.Done)
            .GroupBy(static c => c.Partition))
        {
            foreach (Entry read in acts[Act.GroupRead].Where(r => r.Partition == partition.Key))
            {
                if (partition.Where(c => c.To < read.From).Select(static c => c.Id).DefaultIfEmpty(0).Max() >= read.Id)
                    _broken.Add($"not twice: {read.Id} of partition {read.Partition} came to the group after it was confirmed");
            }
        }

        if (drained is null)
            return;
        HashSet<(string, long)> seen = [.. acts[Act.GroupRead].Select(static r => (r.Word, r.Number))];
        foreach (Entry one in acts[Act.Telemetry].Where(t => t.Reply == Reply.Done && t.To < drained.From
            && !seen.Contains((t.Device, t.Number))))
            _broken.Add($"nothing acknowledged is lost: telemetry {one.Number} of {one.Device} never came to the group");
    }

    private void CheckReports()
    {
        List<Entry> stored = [.. acts[Act.ReportStored].DistinctBy(static r => (r.Id, r.Number))];
        HashSet<string> keys = [.. stored.Select(static r => r.Key)];
        foreach (Entry lost in acts[Act.Report].Where(r => r.Reply == Reply.Done && r.To < look?.From && !keys.Contains(r.Key)))
            _broken.Add($"nothing acknowledged is lost: report {lost.Key} of {lost.Device}");
        foreach (Entry foreign in stored.Where(static r => r.Word != r.Device))
            _broken.Add($"identity: report {foreign.Key} of {foreign.Word} is stamped {foreign.Device}");
        foreach (IGrouping<long, Entry> command in stored.GroupBy(static r => r.Id))
        {
            if (!command.Select(static r => r.Number).Order()
                .SequenceEqual(Enumerable.Range(1, command.Count()).Select(static n => (long)n)))
                _broken.Add($"reports on {command.Key} have the numbers {string.Join(", ", command.Select(static r => r.Number).Order())}");
        }
    }

    private void CheckInquiries()
    {
        var asked = acts[Act.Asked].ToLookup(static a => a.Key);
        foreach (Entry ask in acts[Act.Ask])
        {
            if (ask.Reply == Reply.Done && ask.To < drained?.From && !asked[ask.Key].Any())
                _broken.Add($"nothing acknowledged is lost: inquiry {ask.Key} of {ask.Device} was never handed out");
            if (asked[ask.Key].Any(a => a.Device != ask.Device))
                _broken.Add($"identity: inquiry {ask.Key} of {ask.Device} is stamped {asked[ask.Key].First().Device}");
        }

        foreach (Entry final in acts[Act.Answer].Where(static a => a is { Reply: Reply.Done, Word: "final" }))
        {
            string inquiry = final.Key[..final.Key.LastIndexOf('/')];
            if (asked[inquiry].Any(a => a.From > final.To))
                _broken.Add($"nothing comes after its end: inquiry {inquiry} was handed out after its final answer");
        }
    }

    private void CheckStates()
    {
        foreach (Entry seen in acts[Act.StateSeen])
        {
            Act act = Enum.Parse<Act>(seen.Word);
            List<Entry> writes = [.. acts[act].Where(w => w.Device == seen.Device && w.From < seen.To)];
            long least = writes.Where(w => w.Reply == Reply.Done && w.To < seen.From).Select(static w => w.Number).DefaultIfEmpty(0).Max();
            bool isExplained = seen.Number == least
                || writes.Any(w => w.Number == seen.Number && (w.Reply == Reply.None || w.Number > least));
            if (!isExplained)
                _broken.Add($"nothing acknowledged is lost: {act} of {seen.Device} is {seen.Number}, and {least} was acknowledged");
        }
    }
}
