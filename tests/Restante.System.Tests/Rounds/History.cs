using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Restante.System.Tests.Rounds;

/// <summary>What everybody did and saw, in the order in which it was known to have ended.</summary>
internal sealed class History
{
    private static readonly JsonSerializerOptions s_json =
        new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, Converters = { new JsonStringEnumConverter() } };

    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];
    private TaskCompletionSource? _goal;
    private TaskCompletionSource? _refusals;
    private int _left;
    private int _refusalsLeft;

    /// <summary>The tester's steady clock, in milliseconds.</summary>
    public static double Now => Stopwatch.GetTimestamp() * 1_000.0 / Stopwatch.Frequency;

    public IReadOnlyList<Entry> Entries
    {
        get
        {
            lock (_gate)
                return [.. _entries];
        }
    }

    public void Add(Entry entry)
    {
        lock (_gate)
        {
            _entries.Add(entry);
            if (entry.Reply == Reply.Done && --_left <= 0)
                _goal?.TrySetResult();
            if (entry.Reply == Reply.Refused && --_refusalsLeft <= 0)
                _refusals?.TrySetResult();
        }
    }

    /// <summary>Ends when so many more acts have been acknowledged.</summary>
    public Task Acknowledged(int acts)
    {
        lock (_gate)
        {
            _left = acts;
            return (_goal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Ends when so many more acts have been refused.</summary>
    public Task Refused(int acts)
    {
        lock (_gate)
        {
            _refusalsLeft = acts;
            return (_refusals = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>
    /// The gateway was put back to where it stood at some time after this instant: what was done later may be so or not, and what was
    /// looked at later may look different. What somebody was handed he was handed.
    /// </summary>
    public void PutBack(double instant)
    {
        Act[] deeds =
        [
            Act.Send, Act.Cancel, Act.Notify, Act.Recall, Act.Ask, Act.Answer,
            Act.Telemetry, Act.Report, Act.Reported, Act.Desired, Act.Settle,
        ];
        Act[] handed = [Act.Handout, Act.Asked, Act.GroupRead];
        lock (_gate)
        {
            List<Entry> left = [.. _entries.Where(e => e.To < instant || handed.Contains(e.Act))];
            left.AddRange(_entries.Where(e => e.To >= instant && deeds.Contains(e.Act))
                .Select(static e => e with { Reply = Reply.None, Id = 0 }));
            _entries.Clear();
            _entries.AddRange(left);
        }
    }

    /// <summary>Writes it to a file, one line for each entry; returns the name of the file.</summary>
    public string Dump()
    {
        string file = Path.Combine(Path.GetTempPath(), $"restante-rounds-{Guid.NewGuid():N}.jsonl");
        File.WriteAllLines(file, Entries.Select(static e => JsonSerializer.Serialize(e, s_json)));
        return file;
    }
}
