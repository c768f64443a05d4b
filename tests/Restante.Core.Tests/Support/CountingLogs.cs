using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Restante.Core.Tests.Support;

/// <summary>Notes which messages were logged.</summary>
internal sealed class CountingLogs : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(int Id, LogLevel Level)> _seen = new();

    public IEnumerable<(int Id, LogLevel Level)> Seen => _seen;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _seen.Enqueue((eventId.Id, logLevel));

    public void Dispose()
    {
    }
}
