using System.Text.Json;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Identity;

/// <summary>Devices that get certificates and change keys over their own connections, by clients that nobody here wrote.</summary>
public sealed class IssuerTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("restante-issuer-").FullName;
    private GatewayProcess _gateway = null!;

    public async Task InitializeAsync()
    {
        _gateway = await GatewayProcess.StartAsync();
        using HttpResponseMessage created = await _gateway.Http.PostAsync("/v1/issuers", GatewayProcess.Json("""{"name":"field"}"""));
        Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync());
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Needs("python3-qpid-proton", "openssl")]
    public Task Proton_gets_a_certificate_renews_it_and_retires_its_key() => RunAsync("proton_issuer.py", "proton-issuer");

    [Needs("python3-paho-mqtt", "openssl")]
    public Task Paho_gets_a_certificate_renews_it_and_changes_its_key() => RunAsync("paho_issuer.py", "paho-issuer");

    [Needs("curl", "openssl")]
    public async Task A_removed_device_leaves_no_certificate_for_a_later_one_of_its_id_also_after_a_restart()
    {
        string key = await _gateway.CreateDeviceAsync("lamp");
        string file = Path.Combine(_directory, "lamp");
        await Tool.RunAsync("openssl", [
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-subj", "/CN=lamp", "-keyout", file + ".key", "-out", file + ".csr"]);
        string ask = $"https://localhost:{_gateway.HttpsPort}/v1/inquiries/$certificate?wait=30&accept";
        (_, string answer) = await Tool.RunAsync("curl", [
            "-sS", "--cacert", _gateway.CaFile, "-u", $"lamp:{key}", "-H", "Content-Type: application/pkcs10", "--data-binary", $"@{file}.csr", ask]);
        using JsonDocument json = JsonDocument.Parse(answer);
        await File.WriteAllTextAsync(file + ".crt", json.RootElement.GetProperty("body").GetString());
        Assert.Equal("200", await StatusAsync(file));

        // At once: no list names it yet.
        Assert.True((await _gateway.Http.DeleteAsync("/v1/devices/lamp")).IsSuccessStatusCode);
        using HttpResponseMessage created = await _gateway.Http.PostAsync(
            "/v1/devices", GatewayProcess.Json("""{"id":"lamp","credentials":{"primary":{"kind":"authority","authority":"field"}}}"""));
        Assert.True(created.IsSuccessStatusCode);
        Assert.Equal("401", await StatusAsync(file));

        // The key is sealed, and is there after the process was killed; so is what was revoked.
        await _gateway.KillAsync();
        await _gateway.StartProcessAsync();
        Assert.Equal("401", await StatusAsync(file));
        string records = await _gateway.Http.GetStringAsync("/v1/certificates?device=lamp");
        Assert.Contains("device-removed", records, StringComparison.Ordinal);
        string other = await _gateway.CreateDeviceAsync("other");
        (_, answer) = await Tool.RunAsync("curl", [
            "-sS", "--cacert", _gateway.CaFile, "-u", $"other:{other}", "-H", "Content-Type: application/pkcs10", "--data-binary", $"@{file}.csr",
            $"https://localhost:{_gateway.HttpsPort}/v1/inquiries/$certificate?wait=30&accept"]);
        Assert.Contains("BEGIN CERTIFICATE", answer, StringComparison.Ordinal);
    }

    private async Task<string> StatusAsync(string file)
    {
        (_, string output) = await Tool.RunAsync("curl", [
            "-sS", "--cacert", _gateway.CaFile, "--cert", file + ".crt", "--key", file + ".key", "-o", "/dev/null", "-w", "%{http_code}",
            $"https://localhost:{_gateway.HttpsPort}/v1/state"]);
        return output.Trim();
    }

    private async Task RunAsync(string script, string device)
    {
        string key = await _gateway.CreateDeviceAsync(device);
        var further = new Dictionary<string, string> { ["RESTANTE_DIRECTORY"] = _directory };
        await Tool.RunScriptAsync(Tool.Python, $"python/{script}", _gateway, device, key, further: further);
    }
}
