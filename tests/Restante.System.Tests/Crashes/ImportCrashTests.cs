using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Crashes;

/// <summary>An import in whose middle the gateway is killed, and then one in whose middle the command is.</summary>
public sealed class ImportCrashTests : IDisposable
{
    private const int Lines = 8_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("restante-import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Killed_on_either_side_an_import_goes_on_and_all_is_there_once_and_the_same_elsewhere()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(), other = await GatewayProcess.StartAsync();
        string first = await ListAsync("a"), second = await ListAsync("b");

        using (Process import = Import(gateway, first, "--patience", "0.5"))
        {
            await WhenThereAsync(gateway, "a-1500");
            await gateway.KillAsync();
            string error = await import.StandardError.ReadToEndAsync();
            await import.WaitForExitAsync();
            Assert.True(import.ExitCode == 3, error);
            Assert.Contains("--resume", error, StringComparison.Ordinal);
        }

        string before = gateway.HttpsPort.ToString(CultureInfo.InvariantCulture);
        await gateway.StartProcessAsync();
        string moved = (await File.ReadAllTextAsync(first + ".progress")).Replace(
            before, gateway.HttpsPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        await File.WriteAllTextAsync(first + ".progress", moved);
        await CompleteAsync(gateway, first, "--resume");

        using (Process import = Import(gateway, second))
        {
            await WhenThereAsync(gateway, "b-1500");
            import.Kill();
            await import.WaitForExitAsync();
        }

        await CompleteAsync(gateway, second, "--resume");
        string one = await ExportAsync(gateway, "one"), same = Path.Combine(_folder, "same");
        Assert.Equal(2 * Lines, File.ReadLines(one).Select(IdOf).Distinct().Count());
        await CompleteAsync(other, one);
        Assert.Equal(await File.ReadAllBytesAsync(one), await File.ReadAllBytesAsync(await ExportAsync(other, same)));
    }

    private static string IdOf(string line)
    {
        using JsonDocument device = JsonDocument.Parse(line);
        return device.RootElement.GetProperty("id").GetString()!;
    }

    private static async Task WhenThereAsync(GatewayProcess gateway, string device)
    {
        for (HttpStatusCode status = default; status != HttpStatusCode.OK;)
        {
            using HttpResponseMessage response = await gateway.Http.GetAsync($"/v1/devices/{device}");
            status = response.StatusCode;
        }
    }

    private static Process Import(GatewayProcess gateway, string list, params string[] further)
    {
        var start = new ProcessStartInfo(GatewayProcess.Executable, ["device", "import", list, "--data", gateway.Data, .. further])
        {
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private static async Task CompleteAsync(GatewayProcess gateway, string list, params string[] further)
    {
        string[] arguments = ["device", "import", list, "--data", gateway.Data, "--output", "json", .. further];
        (int exit, string output) = await Tool.RunAsync(GatewayProcess.Executable, arguments);
        Assert.True(exit == 0, output);
        using JsonDocument done = JsonDocument.Parse(output.Split('\n').First(static line => line.StartsWith('{')));
        int lines = done.RootElement.GetProperty("lines").GetInt32();
        Assert.Equal(File.ReadLines(list).Count(), lines);
        Assert.Equal(lines, done.RootElement.GetProperty("created").GetInt32() + done.RootElement.GetProperty("unchanged").GetInt32());
    }

    private async Task<string> ExportAsync(GatewayProcess gateway, string name)
    {
        string file = Path.Combine(_folder, name);
        (int exit, string output) = await Tool.RunAsync(
            GatewayProcess.Executable, ["device", "export", "--keys", "--desired", "--to", file, "--data", gateway.Data]);
        Assert.True(exit == 0, output);
        return file;
    }

    private async Task<string> ListAsync(string prefix)
    {
        string file = Path.Combine(_folder, prefix);
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, Lines).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $$$"""{"id":"{{{prefix}}}-{{{i}}}","tags":{"n":{{{i}}}},"groups":["g{{{i % 7}}}"],"desired":{"interval":{{{i % 60}}}}}""")));
        return file;
    }
}
