using System.Net;
using System.Text.Json;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Serving;

/// <summary>The audit log of a real gateway: through kills, backups and what local commands leave.</summary>
public sealed class AuditFilesTests
{
    [Fact]
    public async Task What_was_answered_stands_in_the_log_after_a_kill_and_the_chain_goes_on()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        for (int round = 0; round < 3; round++)
        {
            string[] devices = [.. Enumerable.Range(0, 20).Select(i => $"device-{round}-{i}")];
            await Task.WhenAll(devices.Select(gateway.CreateDeviceAsync));
            await gateway.KillAsync();
            await gateway.StartProcessAsync();
            string log = await gateway.Http.GetStringAsync("/v1/audit/export");
            Assert.All(devices, id => Assert.Contains($"\"target\":\"devices/{id}\"", log, StringComparison.Ordinal));
        }

        (int exit, string output) = await RunAsync(gateway, "audit", "verify");
        Assert.True(exit == 0, output);
        Assert.Contains("are as they were written", output, StringComparison.Ordinal);
        Assert.Equal(0, await gateway.StopAsync());
        (exit, output) = await RunAsync(gateway, "doctor");
        Assert.True(exit == 0, output);
    }

    [Fact]
    public async Task A_backup_holds_the_log_and_is_noted_and_so_is_its_restoring()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        await gateway.CreateDeviceAsync("truck-17");
        string place = Directory.CreateTempSubdirectory("restante-audit").FullName;
        try
        {
            string file = Path.Combine(place, "backup.tar"), restored = Path.Combine(place, "restored");
            (int exit, string output) = await RunAsync(gateway, "backup", "--to", file);
            Assert.True(exit == 0, output);
            Assert.Equal(0, await gateway.StopAsync());
            await gateway.StartProcessAsync(); // Notes are taken in at the start.
            Assert.Equal(["createPolicy gateway", "createDevice service", "backup local"], await ActsAsync(gateway, 3));
            Assert.Empty(Directory.EnumerateFiles(Path.Combine(gateway.Data, "audit-notes")));

            (exit, output) = await Tool.RunAsync(GatewayProcess.Executable, ["restore", "--from", file, "--data", restored]);
            Assert.True(exit == 0, output);
            Assert.Single(Directory.EnumerateFiles(Path.Combine(restored, "audit-notes")));
            Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(restored, "audit")));
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    // Waits for the log to have so many entries, as long as a poll may wait.
    private static async Task<string[]> ActsAsync(GatewayProcess gateway, int count)
    {
        var acts = new List<string>();
        while (acts.Count < count)
        {
            using HttpResponseMessage answer = await gateway.Http.GetAsync($"/v1/audit?after={acts.Count}&wait=30");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            using JsonDocument page = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            List<string> more = [.. page.RootElement.GetProperty("items").EnumerateArray()
                .Select(static e => $"{e.GetProperty("act").GetString()} {e.GetProperty("by").GetString()}")];
            Assert.NotEmpty(more);
            acts.AddRange(more);
        }

        return [.. acts];
    }

    private static Task<(int ExitCode, string Output)> RunAsync(GatewayProcess gateway, params string[] arguments) =>
        Tool.RunAsync(GatewayProcess.Executable, [.. arguments, "--data", gateway.Data]);
}
