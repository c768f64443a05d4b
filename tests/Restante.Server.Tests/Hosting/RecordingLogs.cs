using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Restante.Server.Tests.Hosting;

/// <summary>Keeps what was logged, and lets a test wait for it.</summary>
internal sealed class RecordingLogs : ILoggerFactory, ILogger
{
    private readonly ConcurrentDictionary<int, TaskCompletionSource<string>> _written = new();

    /// <summary>The ids of the messages.</summary>
    public ConcurrentQueue<int> Ids { get; } = new();

    /// <summary>Waits for the first message with an id; the result is its text.</summary>
    public Task<string> Written(int id) => Source(id).Task.WaitAsync(TimeSpan.FromSeconds(60));

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Ids.Enqueue(eventId.Id);
        Source(eventId.Id).TrySetResult(formatter(state, exception));
    }

    public void Dispose()
    {
    }

    private TaskCompletionSource<string> Source(int id) =>
        _written.GetOrAdd(id, static _ => new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
}
