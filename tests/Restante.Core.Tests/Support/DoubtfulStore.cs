using System.Reflection;
using Restante.Core.Storage;

namespace Restante.Core.Tests.Support;

/// <summary>A port of a store that does its work, and then fails as one does that cannot say whether it has.</summary>
#pragma warning disable CA1852 // A proxy is derived from it when it is made.
internal class DoubtfulStore<T> : DispatchProxy
#pragma warning restore CA1852
    where T : class
{
    private T _inner = null!;
    private Func<string?> _verb = null!;
    private Action<object?[]>? _called;

    /// <summary>Stands before a port.</summary>
    /// <param name="inner">The port.</param>
    /// <param name="verb">Says which method fails; null for none.</param>
    /// <param name="called">Told with what each method is called.</param>
    public static T Around(T inner, Func<string?> verb, Action<object?[]>? called = null)
    {
        T port = Create<T, DoubtfulStore<T>>();
        var doubtful = (DoubtfulStore<T>)(object)port;
        doubtful._inner = inner;
        doubtful._verb = verb;
        doubtful._called = called;
        return port;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        _called?.Invoke(args ?? []);
        object? result = targetMethod!.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
        return targetMethod.Name == _verb() ? throw new StoreUnavailableException("The disk fails.") : result;
    }
}
