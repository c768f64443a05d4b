using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Restante.Core.Mailboxes;
using Restante.Heads.Mqtt.Connections;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests;

/// <summary>What devices can have the gateway write, or keep for a moment, by saying the same again and again.</summary>
public sealed class LogTests
{
    private const int ClosedByRefusal = 4004;

    [Fact]
    public async Task What_a_device_brings_about_is_logged_once_in_a_while()
    {
        var time = new HandTime();
        using var logs = new Recorder();
        await using var post = new Post(time: time, logs: logs);
        for (int i = 0; i < 3; i++)
        {
            Device device = await post.ConnectAsync(MqttVersion.V311);
            await device.PublishAsync("no/such/topic", "x");
            await post.QuietAsync();
        }

        Assert.Contains("0 like this were not logged", Assert.Single(logs.Of(ClosedByRefusal)), StringComparison.Ordinal);
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(11));
        Device later = await post.ConnectAsync(MqttVersion.V311);
        await later.PublishAsync("no/such/topic", "x");
        await post.QuietAsync();
        Assert.Contains("2 like this were not logged", logs.Of(ClosedByRefusal)[1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_reason_of_a_rejection_is_cut_before_it_is_read()
    {
        string? reason = SettleFlow.ReasonOf(Encoding.ASCII.GetBytes(new string('x', 60_000)));
        Assert.InRange(reason!.Length, MailboxHub.MaxReasonLength, MailboxHub.MaxReasonLength * 4);
        Assert.Null(SettleFlow.ReasonOf([]));
    }

    private sealed class Recorder : ILoggerFactory, ILogger
    {
        private readonly ConcurrentQueue<(int Id, string Text)> _written = new();

        public List<string> Of(int id) => [.. _written.Where(w => w.Id == id).Select(static w => w.Text)];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _written.Enqueue((eventId.Id, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}
