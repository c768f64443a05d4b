using System.Globalization;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Secrets;

/// <summary>What the listeners agree to, asked by openssl: versions, suites, both certificates, resumption, no early data.</summary>
public sealed class ServerTlsTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
    private GatewayProcess? _gateway;

    private GatewayProcess Gateway => _gateway!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Needs("openssl")]
    public async Task Each_listener_has_both_certificates_and_only_tls_1_2_and_1_3_with_good_suites()
    {
        await StartAsync(days: 365);
        foreach (int port in new[] { Gateway.MqttPort, Gateway.HttpsPort, Gateway.AmqpPort, Gateway.AllPort })
        {
            Assert.Contains("id-ecPublicKey", await AgreedAsync(port, "-tls1_3"), StringComparison.Ordinal);
            Assert.Contains("rsaEncryption", await AgreedAsync(port, "-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256"), StringComparison.Ordinal);
            Assert.Contains("id-ecPublicKey", await AgreedAsync(port, "-tls1_2"), StringComparison.Ordinal);
            Assert.Contains("rsaEncryption", await AgreedAsync(port, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"), StringComparison.Ordinal);
            Assert.Contains("rsaEncryption", await AgreedAsync(port, "-tls1_2", "-sigalgs", "RSA+SHA256"), StringComparison.Ordinal);
        }

        foreach (int port in new[] { Gateway.MqttPort, Gateway.HttpsPort })
        {
            await RefusedAsync(port, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0");
            await RefusedAsync(port, "-tls1", "-cipher", "ALL:@SECLEVEL=0");
            foreach (string weak in new[] { "AES128-SHA", "AES256-GCM-SHA384", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "DHE-RSA-AES128-SHA", "AECDH-AES128-SHA", "ECDHE-RSA-NULL-SHA", "PSK-AES128-GCM-SHA256" })
                await RefusedAsync(port, "-tls1_2", "-cipher", weak + ":@SECLEVEL=0");
        }
    }

    [Needs("openssl")]
    public async Task Sessions_are_resumed_with_either_certificate_and_early_data_is_never_taken()
    {
        await StartAsync(days: 365);
        foreach (int port in new[] { Gateway.MqttPort, Gateway.HttpsPort })
        {
            foreach (string[] how in new string[][] { ["-tls1_3"], ["-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256"], ["-tls1_2"] })
            {
                string session = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
                string first = await ClientAsync(port, [.. how, "-sess_out", session]);
                Assert.Contains("New, TLSv1", first, StringComparison.Ordinal);
                Assert.DoesNotContain("Max Early Data: 1", first, StringComparison.Ordinal);
                string again = await ClientAsync(port, [.. how, "-sess_in", session]);
                Assert.Contains("Reused, TLSv1", again, StringComparison.Ordinal);
                Assert.DoesNotContain("Early data was accepted", again, StringComparison.Ordinal);
                (_, string about) = await Tool.RunAsync("openssl", ["sess_id", "-in", session, "-text", "-noout"]);
                Assert.DoesNotMatch("Max Early Data: [1-9]", about);
            }
        }
    }

    [Needs("openssl")]
    public async Task Sighup_reads_both_certificates_again_and_the_log_warns_of_one_that_ends()
    {
        await StartAsync(days: 365);
        string before = await SerialAsync("-tls1_3");
        string rsaBefore = await SerialAsync("-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256");
        Assert.DoesNotContain("ends at", Gateway.Output, StringComparison.Ordinal);
        await MakeAsync("ecdsa", 5);
        await MakeAsync("rsa", 6);
        await Gateway.SignalAsync("HUP");
        await Gateway.Written("in 4 days");
        await Gateway.Written("in 5 days");
        Assert.NotEqual(before, await SerialAsync("-tls1_3"));
        Assert.NotEqual(rsaBefore, await SerialAsync("-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256"));
        File.Copy(Path.Combine(_folder, "both.crt"), Gateway.CaFile, overwrite: true);
        string metrics = await Gateway.Http.GetStringAsync("/metrics");
        Assert.Equal(4, Days(metrics, "ecdsa"));
        Assert.Equal(5, Days(metrics, "rsa"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "rsa.key"), "broken");
        await Gateway.SignalAsync("HUP");
        await Gateway.Written("was not reloaded");
        Assert.Contains("id-ecPublicKey", await AgreedAsync(Gateway.MqttPort, "-tls1_3"), StringComparison.Ordinal);
    }

    private static int Days(string metrics, string key)
    {
        string line = metrics.Split('\n').Single(l => l.StartsWith("restante_certificate_remaining_days{", StringComparison.Ordinal)
            && l.Contains($"key=\"{key}\"", StringComparison.Ordinal));
        return (int)double.Parse(line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
    }

    private async Task StartAsync(int days)
    {
        await MakeAsync("ecdsa", days);
        await MakeAsync("rsa", days);
        _gateway = await GatewayProcess.StartAsync(
            "--all-port", "0", "--cert", Path.Combine(_folder, "rsa.crt"), "--cert-key", Path.Combine(_folder, "rsa.key"),
            "--set", $"Certificate:FurtherFile={Path.Combine(_folder, "ecdsa.crt")}",
            "--set", $"Certificate:FurtherKey={Path.Combine(_folder, "ecdsa.key")}");
        File.Copy(Path.Combine(_folder, "both.crt"), Gateway.CaFile, overwrite: true);
    }

    private async Task MakeAsync(string type, int days)
    {
        string[] key = type == "rsa" ? ["rsa:2048"] : ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
        (int exit, string output) = await Tool.RunAsync(
            "openssl",
            [
                "req", "-x509", "-newkey", .. key, "-noenc", "-days", days.ToString(CultureInfo.InvariantCulture), "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost", "-keyout", Path.Combine(_folder, type + ".key"), "-out", Path.Combine(_folder, type + ".crt"),
            ]);
        Assert.True(exit == 0, output);
        string[] made = [.. Directory.GetFiles(_folder, "*sa.crt").Select(File.ReadAllText)];
        await File.WriteAllTextAsync(Path.Combine(_folder, "both.crt"), string.Concat(made));
    }

    private async Task<string> SerialAsync(params string[] how)
    {
        string said = await ClientAsync(Gateway.MqttPort, [.. how, "-showcerts"]);
        int begin = said.IndexOf("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal);
        return said[begin..said.IndexOf("-----END CERTIFICATE-----", StringComparison.Ordinal)];
    }

    private async Task<string> AgreedAsync(int port, params string[] how)
    {
        string said = await ClientAsync(port, how);
        Assert.Contains("New, TLSv1", said, StringComparison.Ordinal);
        return said;
    }

    private async Task RefusedAsync(int port, params string[] how)
    {
        string said = await ClientAsync(port, how);
        Assert.True(said.Contains("Cipher is (NONE)", StringComparison.Ordinal) || said.Contains("no ciphers available", StringComparison.Ordinal)
            || said.Contains("no cipher match", StringComparison.Ordinal), $"{string.Join(' ', how)}:\n{said}");
    }

    // Hangs up a moment after the handshake, when the tickets of TLS 1.3 have come.
    private async Task<string> ClientAsync(int port, params string[] how)
    {
        string connect = $"localhost:{port.ToString(CultureInfo.InvariantCulture)}";
        string arguments = string.Join(' ', how.Select(word => $"'{word}'"));
        string file = Path.Combine(_folder, "both.crt");
        (_, string output) = await Tool.RunAsync(
            "sh", ["-c", $"sleep 1 | openssl s_client -connect {connect} -servername localhost -CAfile '{file}' {arguments} 2>&1"]);
        return output;
    }
}
