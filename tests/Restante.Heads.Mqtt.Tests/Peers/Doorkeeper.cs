using System.Reflection;
using Restante.Core.Storage;

namespace Restante.Heads.Mqtt.Tests.Peers;

/// <summary>Stands before a store and can hold one answer back, usually to the opening of a mailbox.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1852", Justification = "The proxy is derived from it.")]
internal class Doorkeeper : DispatchProxy
{
    private static readonly MethodInfo s_answerLater = typeof(Doorkeeper).GetMethod(nameof(AnswerLaterAsync), BindingFlags.NonPublic | BindingFlags.Static)!;

    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IMailboxStore _inner = null!;
    private string? _held;

    /// <summary>Ends when an answer is held back.</summary>
    public Task Reached => _reached.Task.WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>Ends when a mailbox was given up after <see cref="Hold"/>.</summary>
    public Task Closed => _closed.Task.WaitAsync(TimeSpan.FromSeconds(20));

    public static IMailboxStore Before(IMailboxStore inner)
    {
        IMailboxStore outer = Create<IMailboxStore, Doorkeeper>();
        ((Doorkeeper)outer)._inner = inner;
        return outer;
    }

    public void Hold(string method = nameof(IMailboxStore.OpenSessionAsync)) => Volatile.Write(ref _held, method);

    public void Open() => _open.SetResult();

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        object? answer = targetMethod!.Invoke(_inner, args);
        string? held = Volatile.Read(ref _held);
        if (held is null)
            return answer;
        if (targetMethod.Name == nameof(IMailboxStore.CloseSessionAsync))
            _closed.TrySetResult();
        if (targetMethod.Name != held || !_reached.TrySetResult())
            return answer;
        return s_answerLater.MakeGenericMethod(targetMethod.ReturnType.GetGenericArguments()).Invoke(null, [answer, _open.Task]);
    }

    private static async ValueTask<T> AnswerLaterAsync<T>(ValueTask<T> answer, Task open)
    {
        await open;
        return await answer;
    }
}
