using System.Collections.Concurrent;
using Restante.Core.Storage;

namespace Restante.Heads.Amqp.Tests.Peers;

/// <summary>Which calls of the store wait or fail.</summary>
internal sealed class Hooks
{
    private readonly ConcurrentDictionary<string, Gate> _gates = new();
    private readonly ConcurrentDictionary<string, Exception> _faults = new();
    private readonly ConcurrentDictionary<string, Exception> _behind = new();
    private readonly ConcurrentDictionary<string, int> _calls = new();

    /// <summary>Forgets events instead of keeping them.</summary>
    public bool DropsEvents { get; set; }

    /// <summary>How often the verb was called, refused calls included.</summary>
    public int Calls(string verb) => _calls.GetValueOrDefault(verb);

    /// <summary>From now on calls of the verb wait until the gate is opened.</summary>
    public Gate Hold(string verb) => _gates[verb] = new Gate(this, verb, isAfter: false);

    /// <summary>From now on calls of the verb are done, but their results wait until the gate is opened.</summary>
    public Gate HoldResult(string verb) => _gates[verb] = new Gate(this, verb, isAfter: true);

    /// <summary>From now on calls of the verb find the store unavailable.</summary>
    public void Refuse(params string[] verbs)
    {
        foreach (string verb in verbs)
            _faults[verb] = new StoreUnavailableException("The store was told to be unavailable.");
    }

    /// <summary>As <see cref="Refuse"/>, for calls that wait at a gate: they are refused when it opens.</summary>
    public void RefuseBehind(string verb) => _behind[verb] = new StoreUnavailableException("The store was told to be unavailable.");

    /// <summary>From now on calls of the verb fail by a fault of ours.</summary>
    public void Break(string verb) => _faults[verb] = new InvalidOperationException("The store was told to break.");

    /// <summary>Calls of these verbs work again.</summary>
    public void Allow(params string[] verbs)
    {
        foreach (string verb in verbs)
            _faults.TryRemove(verb, out _);
    }

    public ValueTask<T> Run<T>(string verb, Func<ValueTask<T>> call)
    {
        _calls.AddOrUpdate(verb, 1, static (_, count) => count + 1);
        if (_faults.TryGetValue(verb, out Exception? fault))
            return ValueTask.FromException<T>(fault);
        return _gates.TryGetValue(verb, out Gate? gate) ? WaitAsync(verb, gate, call) : call();
    }

    private async ValueTask<T> WaitAsync<T>(string verb, Gate gate, Func<ValueTask<T>> call)
    {
        if (!gate.IsAfter)
            await gate.PassAsync();
        if (_behind.TryRemove(verb, out Exception? fault))
            throw fault;
        T result = await call();
        if (gate.IsAfter)
            await gate.PassAsync();
        return result;
    }

    /// <summary>A gate that calls wait at.</summary>
    internal sealed class Gate(Hooks hooks, string verb, bool isAfter)
    {
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _waiting;

        public bool IsAfter { get; } = isAfter;

        /// <summary>How many calls have come to it.</summary>
        public int Waiting => Volatile.Read(ref _waiting);

        /// <summary>Ends when the first call has come.</summary>
        public Task Reached => _reached.Task.WaitAsync(TimeSpan.FromSeconds(20));

        public void Open()
        {
            hooks._gates.TryRemove(verb, out _);
            _open.TrySetResult();
        }

        public async Task PassAsync()
        {
            Interlocked.Increment(ref _waiting);
            _reached.TrySetResult();
            await _open.Task;
        }
    }
}
