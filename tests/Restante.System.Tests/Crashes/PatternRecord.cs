using System.Collections.Concurrent;

namespace Restante.System.Tests.Crashes;

/// <summary>What one device has seen and been promised, over all lives of the gateway.</summary>
internal sealed class PatternRecord(string id)
{
    private readonly Lock _gate = new();
    private readonly HashSet<long> _seen = [];
    private readonly List<long> _order = [];
    private readonly List<string> _repeated = [];
    private readonly Dictionary<string, List<string>> _answers = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _finals = new();

    public string Id { get; } = id;

    /// <summary>The messages whose settling is known to be durable.</summary>
    public ConcurrentDictionary<long, byte> Settled { get; } = new();

    /// <summary>Commands and notifications in the order in which they came first.</summary>
    public IReadOnlyList<long> Order
    {
        get
        {
            lock (_gate)
                return [.. _order];
        }
    }

    /// <summary>Messages that came although their settling was durable.</summary>
    public IReadOnlyList<string> Repeated
    {
        get
        {
            lock (_gate)
                return [.. _repeated];
        }
    }

    /// <summary>The answers to an inquiry in the order in which they came first, the final one with an exclamation mark.</summary>
    public IReadOnlyList<string> AnswersTo(string inquiry)
    {
        lock (_gate)
            return [.. _answers.GetValueOrDefault(inquiry) ?? []];
    }

    public bool HasSeen(long sequence)
    {
        lock (_gate)
            return _seen.Contains(sequence);
    }

    /// <summary>A command or a notification has come.</summary>
    public void Arrived(string kind, long sequence)
    {
        lock (_gate)
        {
            Check(kind, sequence);
            if (_seen.Add(sequence))
                _order.Add(sequence);
        }
    }

    /// <summary>An answer has come.</summary>
    public void Answered(string inquiry, long sequence, long number, bool isFinal)
    {
        lock (_gate)
        {
            Check("answer", sequence);
            if (_seen.Add(sequence))
            {
                if (!_answers.TryGetValue(inquiry, out List<string>? answers))
                    _answers[inquiry] = answers = [];
                answers.Add(isFinal ? $"{number}!" : $"{number}");
            }
        }

        if (isFinal)
            FinalOf(inquiry).TrySetResult();
    }

    /// <summary>Ends with the final answer.</summary>
    public Task Final(string inquiry) => FinalOf(inquiry).Task;

    private TaskCompletionSource FinalOf(string inquiry) =>
        _finals.GetOrAdd(inquiry, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private void Check(string kind, long sequence)
    {
        if (Settled.ContainsKey(sequence))
            _repeated.Add($"{kind} {sequence} came to {Id} again");
    }
}
