using System.Text.Json;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Serving;

/// <summary>The benches run to their end and say what they are for, at sizes that measure nothing.</summary>
public sealed class BenchTests
{
    [Theory]
    [InlineData("amqp")]
    [InlineData("mqtt")]
    public async Task A_broadcast_reaches_all_and_is_settled_by_all(string protocol)
    {
        Dictionary<string, double> figures = await RunAsync("broadcast", "--devices", "12", "--messages", "1", "--protocol", protocol);
        Assert.Equal(12, figures["devices, connections"]);
        Assert.True(figures["publish until all have it, durable writes, commits"] >= 1);
        Assert.True(figures["accept by all, durable writes, commits"] >= 1);
        Assert.True(figures["publish until all have it, durable writes, bytes"] > 0);
        Assert.True(figures["both at once, first device, ms"] <= figures["both at once, last device, ms"]);
        Assert.Contains("a group of few, published p50, ms", figures);
        Assert.Contains("a group of none, published p50, ms", figures);
    }

    [Theory]
    [InlineData("amqp", "1")]
    [InlineData("mqtt", "2")]
    public async Task Inquiries_are_answered(string protocol, string handlers)
    {
        Dictionary<string, double> figures = await RunAsync(
            "inquiries", "--devices", "4", "--seconds", "1", "--handlers", handlers, "--protocol", protocol);
        Assert.True(figures["one in flight, answered, per second"] > 0);
        Assert.True(figures["each device one in flight, answered, per second"] > 0);
        Assert.True(figures["one in flight p50, ms"] > 0);
    }

    [Fact]
    public async Task Numbers_out_of_range_are_refused_before_anything_runs()
    {
        (int exit, string output) = await Tool.RunAsync(GatewayProcess.Executable, ["bench", "inquiries", "--handlers", "0"]);
        Assert.Equal(1, exit);
        Assert.Contains("--handlers is at least 1", output, StringComparison.Ordinal);
    }

    private static async Task<Dictionary<string, double>> RunAsync(params string[] arguments)
    {
        (int exit, string output) = await Tool.RunAsync(GatewayProcess.Executable, ["bench", .. arguments, "--output", "json"]);
        Assert.True(exit == 0, output);
        using JsonDocument report = JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..]);
        return report.RootElement.GetProperty("figures").EnumerateArray().ToDictionary(
            f => $"{f.GetProperty("name").GetString()}, {f.GetProperty("unit").GetString()}", f => f.GetProperty("median").GetDouble());
    }
}
