using System.Net;
using System.Text;
using System.Text.Json;
using Restante.Client.Mqtt;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Secrets;

/// <summary>The master key of the real process: where it comes from, what it hides, and its rotation.</summary>
public sealed class MasterKeyTests
{
    private const int Devices = 1_500;
    private const int Kills = 3;

    private static readonly string[] s_anyPorts = ["--amqp-port", "0", "--mqtt-port", "0", "--https-port", "0"];

    [Fact]
    public async Task No_key_of_a_device_is_in_any_file_nor_in_a_backup_without_the_master_key()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        List<string> keys = [await gateway.CreateDeviceAsync("hidden"), .. await ImportAsync(gateway, 20)];
        string policy = await PolicyKeyAsync(gateway);
        AssertNowhere(gateway.Data, [.. keys, policy]);
        await RotateAsync(gateway, signal: true);
        await gateway.Written("No older key is needed");
        AssertNowhere(gateway.Data, [.. keys, policy]);
        string master = (await File.ReadAllTextAsync(Path.Combine(gateway.Data, "master.key"))).Trim();
        string backups = Directory.CreateTempSubdirectory("restante-test-").FullName;
        string said = await RunAsync(0, ["backup", "--data", gateway.Data, "--to", Path.Combine(backups, "b.tar"), "--without-master-key"]);
        Assert.Contains("which is not in it", said, StringComparison.Ordinal);
        AssertNowhere(backups, [.. keys, policy, gateway.AdminKey, .. master.Split('\n')]);
        Directory.Delete(backups, recursive: true);
        Assert.Equal(0, await gateway.StopAsync());
        AssertNowhere(gateway.Data, [.. keys, policy]);
        Assert.DoesNotContain(master.Split('\n')[0], gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rotation_outlives_kill_9_wherever_it_is()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        List<string> keys = await ImportAsync(gateway, Devices);
        for (int round = 0; round < Kills; round++)
        {
            await RotateAsync(gateway, signal: true);
            await gateway.Written("is current now");
            await gateway.KillAsync();
            await gateway.StartProcessAsync();
            foreach (int device in new[] { 0, Devices / 2, Devices - 1 })
                await AssertKeyAsync(gateway, $"sealed-{device}", keys[2 * device]);
        }

        await RotateAsync(gateway, signal: false);
        Assert.Equal(0, await gateway.StopAsync());
        await gateway.StartProcessAsync();
        string current = (await RunAsync(0, ["master-key", "status", "--data", gateway.Data])).Split('\n')[1].Split(' ')[0];
        await gateway.Written($"All secrets are sealed with master key {current}");
        string pruned = await RunAsync(0, ["master-key", "prune", "--data", gateway.Data]);
        Assert.Equal(Kills + 1, pruned.Split('\n').Count(line => line.Contains("was taken away", StringComparison.Ordinal)));
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(gateway.Data, "master.key")));
        Assert.Equal(0, await gateway.StopAsync());
        Assert.Contains("is sound", await RunAsync(0, ["doctor", "--data", gateway.Data]), StringComparison.Ordinal);
        await gateway.StartProcessAsync();
        await AssertKeyAsync(gateway, "sealed-7", keys[14]);
    }

    [Fact]
    public async Task A_missing_or_foreign_master_key_is_refused_with_how_to_mend_it()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        string key = await gateway.CreateDeviceAsync("kept");
        Assert.Equal(0, await gateway.StopAsync());
        string file = Path.Combine(gateway.Data, "master.key");
        string ring = await File.ReadAllTextAsync(file);
        File.Delete(file);
        string said = await RunAsync(78, ["serve", "--data", gateway.Data, .. s_anyPorts]);
        Assert.Contains($"The master key {file} is gone", said, StringComparison.Ordinal);
        Assert.Contains("the master keys cannot be read", await RunAsync(1, ["doctor", "--data", gateway.Data]), StringComparison.Ordinal);
        string other = await RunAsync(0, ["master-key", "generate"]);
        foreach ((string value, string expected) in new[] { (other, "the key ring lacks it"), ("", "There is no key"), ("secret", "no base64 of 32 bytes") })
        {
            said = await RunAsync(78, ["serve", "--data", gateway.Data, .. s_anyPorts], ("RESTANTE_MASTER_KEY", value));
            Assert.Contains(expected, said, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", value.Length > 6 ? "" : said.Replace("secrets", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }

        Assert.False(File.Exists(file));
        await File.WriteAllTextAsync(file, ring);
        await gateway.StartProcessAsync();
        await AssertKeyAsync(gateway, "kept", key);
    }

    [Fact]
    public async Task The_key_comes_from_a_file_the_environment_or_a_systemd_credential()
    {
        string folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
        string named = Path.Combine(folder, "named.key"), credential = Path.Combine(folder, "restante-master-key");
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        Assert.Equal(0, await gateway.StopAsync());
        File.Move(Path.Combine(gateway.Data, "master.key"), named);
        string ring = await File.ReadAllTextAsync(named);
        string[] status = ["master-key", "status", "--data", gateway.Data];
        string settings = Path.Combine(folder, "restante.json");
        await File.WriteAllTextAsync(settings, JsonSerializer.Serialize(new { Store = new { MasterKeyFile = named } }));
        Assert.Contains(named, await RunAsync(0, [.. status, "--config", settings]), StringComparison.Ordinal);
        Assert.Contains(named, await RunAsync(0, [.. status, "--master-key-file", named], ("RESTANTE_MASTER_KEY", "x")), StringComparison.Ordinal);
        Assert.Contains(named, await RunAsync(0, status, ("RESTANTE__Store__MasterKeyFile", named)), StringComparison.Ordinal);
        Assert.Contains("RESTANTE_MASTER_KEY", await RunAsync(0, status, ("RESTANTE_MASTER_KEY", ring)), StringComparison.Ordinal);
        await File.WriteAllTextAsync(credential, ring);
        Assert.Contains(credential, await RunAsync(0, status, ("CREDENTIALS_DIRECTORY", folder)), StringComparison.Ordinal);
        string said = await RunAsync(2, ["master-key", "rotate", "--data", gateway.Data], ("CREDENTIALS_DIRECTORY", folder));
        Assert.Contains("not this program's to change", said, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_backup_with_its_master_key_is_restored_whole_and_one_without_says_what_it_lacks()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        string key = await gateway.CreateDeviceAsync("restored");
        string folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
        string whole = Path.Combine(folder, "whole.tar"), part = Path.Combine(folder, "part.tar");
        Assert.Contains("All keys are in it", await RunAsync(0, ["backup", "--data", gateway.Data, "--to", whole]), StringComparison.Ordinal);
        await RunAsync(0, ["backup", "--data", gateway.Data, "--to", part, "--without-master-key"]);
        string master = Path.Combine(gateway.Data, "master.key"), named = Path.Combine(gateway.Data, "ring");
        File.Move(master, named);
        Assert.Contains(
            "All keys are in it", await RunAsync(0, ["backup", "--data", gateway.Data, "--to", Path.Combine(folder, "named.tar")]),
            StringComparison.Ordinal);
        File.Move(named, master);
        await RunAsync(0, ["restore", "--data", Path.Combine(folder, "whole"), "--from", whole]);
        string lacks = await RunAsync(1, ["restore", "--data", Path.Combine(folder, "part"), "--from", part]);
        Assert.Contains("the master keys cannot be read", lacks, StringComparison.Ordinal);
        string ring = await File.ReadAllTextAsync(Path.Combine(folder, "whole", "master.key"));
        const string caKey = "certificates/ca-key.pem";
        File.Copy(Path.Combine(folder, "whole", caKey), Path.Combine(folder, "part", caKey));
        await RunAsync(0, ["doctor", "--data", Path.Combine(folder, "part")], ("RESTANTE_MASTER_KEY", ring));
        Assert.Equal(0, await gateway.StopAsync());
        Directory.Delete(gateway.Data, recursive: true);
        Directory.Move(Path.Combine(folder, "whole"), gateway.Data);
        await gateway.StartProcessAsync();
        await AssertKeyAsync(gateway, "restored", key);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_backup_without_the_master_key_holds_no_private_key_and_its_restoring_tells_how_to_put_them_back()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        string folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
        string file = Path.Combine(folder, "b.tar"), restored = Path.Combine(folder, "restored"), own = Path.Combine(gateway.Data, "own.pem");
        string caKey = await File.ReadAllTextAsync(Path.Combine(gateway.Data, "certificates", "ca-key.pem"));
        string ca = await File.ReadAllTextAsync(gateway.CaFile), ring = await File.ReadAllTextAsync(Path.Combine(gateway.Data, "master.key"));
        await File.WriteAllTextAsync(own, "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        await File.WriteAllTextAsync(Path.Combine(gateway.Data, "ring.old"), "# until 2025\n" + ring);
        await File.WriteAllTextAsync(Path.Combine(gateway.Data, "gateway.env"), $"# for systemd\nRESTANTE_MASTER_KEY={ring.Trim()}\n");
        await File.WriteAllTextAsync(Path.Combine(gateway.Data, "keys.json"), JsonSerializer.Serialize(new { key = ring.Trim() }));
        await File.WriteAllTextAsync(Path.Combine(gateway.Data, "admin.bak"), gateway.AdminKey);
        string said = await RunAsync(0, ["backup", "--data", gateway.Data, "--to", file, "--without-master-key"]);
        Assert.Contains("admin.bak, gateway.env, keys.json, own.pem, ring.old, certificates/ca-key.pem, certificates/server-key.pem", said, StringComparison.Ordinal);
        string archive = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
        Assert.All(["PRIVATE KEY", ring.Trim().TrimEnd('='), gateway.AdminKey], key => Assert.DoesNotContain(key, archive, StringComparison.Ordinal));
        Assert.Equal(0, await gateway.StopAsync());
        said = await RunAsync(1, ["restore", "--data", restored, "--from", file], ("RESTANTE_MASTER_KEY", ring));
        Assert.Contains("a backup without keys lacks the key", said, StringComparison.Ordinal);
        string missing = Path.Combine(restored, "certificates", "ca-key.pem");
        said = await RunAsync(78, ["serve", "--data", restored, .. s_anyPorts], ("RESTANTE_MASTER_KEY", ring));
        Assert.Contains($"{missing}, is missing", said, StringComparison.Ordinal);
        await File.WriteAllTextAsync(missing, caKey);
        await File.WriteAllTextAsync(Path.Combine(restored, "master.key"), ring);
        Directory.Delete(gateway.Data, recursive: true);
        Directory.Move(restored, gateway.Data);
        await gateway.StartProcessAsync();
        Assert.Equal(ca, await File.ReadAllTextAsync(gateway.CaFile));
        using HttpResponseMessage answer = await gateway.Http.GetAsync("/v1/devices");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task RotateAsync(GatewayProcess gateway, bool signal)
    {
        string said = await RunAsync(0, ["master-key", "rotate", "--data", gateway.Data]);
        Assert.Contains($"kill -HUP {gateway.ProcessId}", said, StringComparison.Ordinal);
        if (signal)
            await gateway.SignalAsync("HUP");
    }

    /// <returns>Two keys of each device.</returns>
    private static async Task<List<string>> ImportAsync(GatewayProcess gateway, int count)
    {
        var keys = new List<string>();
        var lines = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            string primary = NewKey(), secondary = NewKey();
            keys.AddRange([primary, secondary]);
            lines.Append($$$"""{"id":"sealed-{{{i}}}","keys":{"primary":"{{{primary}}}","secondary":"{{{secondary}}}"}}""").Append('\n');
        }

        using var body = new StringContent(lines.ToString(), Encoding.UTF8, "application/x-ndjson");
        using HttpResponseMessage response = await gateway.Http.PostAsync("/v1/devices/import", body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return keys;
    }

    private static async Task<string> PolicyKeyAsync(GatewayProcess gateway)
    {
        using HttpResponseMessage made = await gateway.Http.PostAsync(
            "/v1/policies", GatewayProcess.Json("""{"name":"hidden","rights":["send"]}"""));
        string body = await made.Content.ReadAsStringAsync();
        Assert.True(made.IsSuccessStatusCode, body);
        using JsonDocument json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("keys").GetProperty("primary").GetString()!;
    }

    private static string NewKey() => Convert.ToBase64String(global::System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    private static async Task AssertKeyAsync(GatewayProcess gateway, string device, string key)
    {
        await using var network = new NetworkHost();
        MqttClient client = await MqttClient.ConnectAsync(
            network, gateway.MqttEndpoint(device, key), new MqttDeviceOptions(), CancellationToken.None);
        Assert.False(client.Ended.IsCompleted);
        using HttpResponseMessage shown = await gateway.Http.GetAsync($"/v1/devices/{device}/keys");
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
        using JsonDocument json = JsonDocument.Parse(await shown.Content.ReadAsStringAsync());
        Assert.Equal(key, json.RootElement.GetProperty("keys").GetProperty("primary").GetString());
    }

    private static async Task<string> RunAsync(int exit, string[] arguments, params (string Name, string Value)[] environment)
    {
        (int code, string output) = await Tool.RunAsync(
            GatewayProcess.Executable, arguments, environment.ToDictionary(pair => pair.Name, pair => pair.Value));
        Assert.True(code == exit, $"{string.Join(' ', arguments)} ended with {code}, not {exit}:\n{output}");
        return output;
    }

    private static void AssertNowhere(string folder, IReadOnlyList<string> keys)
    {
        byte[][] secrets = [.. keys.SelectMany(key => new[] { Convert.FromBase64String(key), Encoding.ASCII.GetBytes(key.TrimEnd('=')) })];
        int files = 0;
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(file) is "lock" || file.EndsWith(".lock", StringComparison.Ordinal))
                continue;
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[Math.Min(stream.Length, 8 * 1024 * 1024)]; // A segment of a log is zeros behind what was written.
            stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            files++;
            Assert.All(secrets, secret => Assert.True(bytes.AsSpan().IndexOf(secret) < 0, $"A key stands in {file}."));
        }

        Assert.NotEqual(0, files);
    }
}
