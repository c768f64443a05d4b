using System.Text.Json;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Serving;

/// <summary>What is done with the data directory leaves a note, which the gateway takes into its audit log.</summary>
public sealed class LocalActTests
{
    private const int MaxNotes = 1_000;

    [Fact]
    public async Task Rotating_and_pruning_master_keys_is_noted_without_the_keys()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        Assert.Equal(0, await gateway.StopAsync());
        string old = await File.ReadAllTextAsync(Path.Combine(gateway.Data, "master.key"));
        string rotated = await RunAsync(gateway, "master-key", "rotate");
        string key = rotated.Split(' ')[0];
        await gateway.StartProcessAsync();
        await gateway.Written($"All secrets are sealed with master key {key}");
        string pruned = await RunAsync(gateway, "master-key", "prune");
        Assert.Contains("was taken away", pruned, StringComparison.Ordinal);
        Assert.Equal(0, await gateway.StopAsync());
        await gateway.StartProcessAsync();
        List<JsonElement> local = await LocalAsync(gateway, 2);
        Assert.Equal(["rotateMasterKey", "pruneMasterKeys"], local.Select(e => e.GetProperty("act").GetString()));
        Assert.EndsWith($": key {key}", local[0].GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains($": took away {pruned.Split(' ')[0]}", local[1].GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.All(local, e => Assert.Equal(Environment.UserName, e.GetProperty("name").GetString()));
        string log = await gateway.Http.GetStringAsync("/v1/audit/export");
        string current = await File.ReadAllTextAsync(Path.Combine(gateway.Data, "master.key"));
        foreach (string secret in (string[])[.. old.Split('\n'), .. current.Split('\n')])
            Assert.True(secret.Length == 0 || !log.Contains(secret.Trim(), StringComparison.Ordinal), "A master key stands in the audit log.");
    }

    [Fact]
    public async Task A_thousand_notes_wait_and_no_more_and_the_gateway_makes_room()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        Assert.Equal(0, await gateway.StopAsync());
        string notes = Directory.CreateDirectory(Path.Combine(gateway.Data, "audit-notes")).FullName;
        for (int i = 0; i < MaxNotes - 1; i++)
            await File.WriteAllTextAsync(Path.Combine(notes, $"0-{i}.act"), "no note");
        Assert.DoesNotContain("not be in the audit log", await RunAsync(gateway, "master-key", "rotate"), StringComparison.Ordinal);
        Assert.Equal(MaxNotes, Directory.EnumerateFiles(notes).Count());
        string said = await RunAsync(gateway, "master-key", "rotate");
        Assert.Contains($"not be in the audit log: {MaxNotes} notes wait in {notes}", said, StringComparison.Ordinal);
        Assert.Contains("is the new master key", said, StringComparison.Ordinal);
        Assert.Equal(MaxNotes, Directory.EnumerateFiles(notes).Count());

        await gateway.StartProcessAsync();
        JsonElement noted = Assert.Single(await LocalAsync(gateway, 1));
        Assert.Equal("rotateMasterKey", noted.GetProperty("act").GetString());
        Assert.Equal(0, await gateway.StopAsync());
        Assert.Empty(Directory.EnumerateFiles(notes));
        Assert.DoesNotContain("not be in the audit log", await RunAsync(gateway, "master-key", "rotate"), StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFiles(notes));
    }

    // Waits for so many entries of local acts, as long as a poll may wait.
    private static async Task<List<JsonElement>> LocalAsync(GatewayProcess gateway, int count)
    {
        var local = new List<JsonElement>();
        for (long after = 0; local.Count < count;)
        {
            JsonElement page = JsonElement.Parse(await gateway.Http.GetStringAsync($"/v1/audit?after={after}&wait=30"));
            Assert.NotEqual(after, page.GetProperty("next").GetInt64());
            after = page.GetProperty("next").GetInt64();
            local.AddRange(page.GetProperty("items").EnumerateArray().Where(static e => e.GetProperty("by").GetString() == "local"));
        }

        return local;
    }

    private static async Task<string> RunAsync(GatewayProcess gateway, params string[] arguments)
    {
        (int exit, string output) = await Tool.RunAsync(GatewayProcess.Executable, [.. arguments, "--data", gateway.Data]);
        Assert.True(exit == 0, output);
        return output;
    }
}
