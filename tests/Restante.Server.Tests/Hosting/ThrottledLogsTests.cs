using Microsoft.Extensions.Logging;
using Restante.Server.Hosting;
using Restante.Storage.Conformance.Time;

namespace Restante.Server.Tests.Hosting;

/// <summary>However often the web server says a thing, few lines are written of it.</summary>
public sealed class ThrottledLogsTests : IDisposable
{
    private const string Http2 = "Microsoft.AspNetCore.Server.Kestrel.Http2";
    private const int LeftOut = 7012;
    private const int Flooded = 60;
    private const int Failed = 63;

    private readonly HandTime _time = new();
    private readonly RecordingLogs _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task A_flood_of_one_cause_writes_two_lines_in_ten_seconds_and_says_how_many_were_left_out()
    {
        using ThrottledLogs throttled = new(_logs, _time);
        for (int second = 0; second < 30; second++)
        {
            for (int i = 0; i < 1_000; i++)
                Say(throttled, Http2, Flooded); // Each connection may have a logger of its own.
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([Flooded, LeftOut, Flooded, LeftOut, Flooded], _logs.Ids);
        Assert.Equal("9999 messages like the next one were not logged.", await _logs.Written(LeftOut));
    }

    [Fact]
    public void Other_causes_are_written_meanwhile()
    {
        using ThrottledLogs throttled = new(_logs, _time);
        Say(throttled, Http2, Flooded);
        Say(throttled, Http2, Failed);
        Say(throttled, Http2, Failed, new InvalidOperationException());
        Say(throttled, "Microsoft.AspNetCore.Server.Kestrel", Failed);
        Say(throttled, Http2, Failed);
        Assert.Equal([Flooded, Failed, Failed, Failed], _logs.Ids);
    }

    [Fact]
    public void What_is_below_the_level_counts_for_nothing()
    {
        using ThrottledLogs throttled = new(_logs, _time);
        Say(throttled, Http2, Flooded, level: LogLevel.Debug);
        Say(throttled, Http2, Flooded);
        Assert.Equal([Flooded], _logs.Ids);
    }

    [Fact]
    public void Messages_of_the_gateway_itself_pass_as_they_are()
    {
        using ThrottledLogs throttled = new(_logs, _time);
        Say(throttled, "Restante.Heads.Http", 1);
        Say(throttled, "Restante.Heads.Http", 1);
        Assert.Equal([1, 1], _logs.Ids);
    }

    private static void Say(
        ThrottledLogs logs, string category, int id, Exception? exception = null, LogLevel level = LogLevel.Critical) =>
        logs.CreateLogger(category).Log(level, new EventId(id), id, exception, static (_, _) => "It happened.");
}
