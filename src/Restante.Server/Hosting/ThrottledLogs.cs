using System.Globalization;
using Microsoft.Extensions.Logging;
using Restante.Net;

namespace Restante.Server.Hosting;

/// <summary>
/// What the web server and its framework log, at most once in ten seconds for each cause, with the number of those that were left out.
/// Kestrel calls it critical, a line for each stream, when a client floods HTTP/2. The gateway's own messages pass as they are: where a
/// peer can repeat them, they are limited where they are made.
/// </summary>
/// <param name="loggers">Where the messages go. It is its maker's to end.</param>
/// <param name="time">The clock.</param>
internal sealed class ThrottledLogs(ILoggerFactory loggers, TimeProvider time) : ILoggerFactory
{
    private const string Foreign = "Microsoft.";

    private readonly LogThrottle _throttle = new(time, TimeSpan.FromSeconds(10));

    public ILogger CreateLogger(string categoryName)
    {
        ILogger logger = loggers.CreateLogger(categoryName);
        return categoryName.StartsWith(Foreign, StringComparison.Ordinal) ? new ThrottledLog(logger, categoryName, _throttle) : logger;
    }

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    public void Dispose()
    {
    }

    private sealed class ThrottledLog(ILogger logger, string category, LogThrottle throttle) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!logger.IsEnabled(logLevel) || !throttle.Allows(Cause(eventId, exception), out long suppressed))
                return;
            if (suppressed > 0)
                Hosting.Log.LeftOut(logger, logLevel, suppressed);
            logger.Log(logLevel, eventId, state, exception, formatter);
        }

        private string Cause(EventId eventId, Exception? exception) =>
            string.Create(CultureInfo.InvariantCulture, $"{category} {eventId.Id} {exception?.GetType().Name}");
    }
}
