using Microsoft.Extensions.Logging;

namespace Restante.Simulation.Tests.Gateways;

/// <summary>
/// The gateway's log. It logs an error where it is at fault itself, so an error ends the run unless the disk has just been made to fail.
/// </summary>
internal sealed class FaultLog(Action<LogLevel, string> heard) : ILoggerFactory, ILogger
{
    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            heard(logLevel, $"{formatter(state, exception)} {exception}");
    }
}
