using Restante.Server.Configuration;
using Restante.Server.Hosting;

namespace Restante.Server.Tests.Hosting;

/// <summary>Files of the data directory that cannot be written: what a start says of them, and what a running gateway does.</summary>
public sealed class GatewayHostTests : IDisposable
{
    private const int CertificateKept = 7002;
    private const int StopFault = 7007;

    private readonly string _folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
    private readonly RecordingLogs _logs = new();

    [Fact]
    public async Task A_reload_that_cannot_write_keeps_the_certificate_and_the_gateway()
    {
        string ca = Path.Combine(_folder, "ca.pem");
        await using (GatewayHost host = await StartAsync())
        {
            File.Delete(ca);
            Directory.CreateDirectory(ca); // No user may write a file there, whatever his rights.
            host.Reload();
            Assert.Contains(ca + " cannot be used", await _logs.Written(CertificateKept), StringComparison.Ordinal);
            await host.StopAsync("The test is over.");
            Assert.DoesNotContain(StopFault, _logs.Ids);
        }

        Directory.Delete(ca);
        await using GatewayHost again = await StartAsync(); // The store was closed.
        Assert.True(File.Exists(ca));
    }

    [Fact]
    public async Task A_reload_leaves_the_file_that_clients_trust_as_it_is()
    {
        await using GatewayHost host = await StartAsync();
        string ca = Path.Combine(_folder, "ca.pem");
        var before = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(ca, before);
        host.Reload();
        Assert.Equal(before, File.GetLastWriteTimeUtc(ca));
        await File.WriteAllTextAsync(ca, "torn");
        host.Reload();
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(_folder, "certificates", "ca.pem")), await File.ReadAllTextAsync(ca));
    }

    [Theory]
    [InlineData("admin.key")]
    [InlineData("gateway.json")]
    [InlineData("ca.pem")]
    public async Task A_start_that_cannot_write_a_file_names_it_and_says_how_to_mend_it(string name)
    {
        string file = Path.Combine(_folder, name);
        Directory.CreateDirectory(file);
        ConfigurationException fault = await Assert.ThrowsAsync<ConfigurationException>(StartAsync);
        Assert.Contains(file, fault.Message, StringComparison.Ordinal);
        Assert.Contains("Give this user the right to read and write it", fault.Message, StringComparison.Ordinal);
        Directory.Delete(file);
        await using GatewayHost host = await StartAsync();
    }

    [Fact]
    public async Task A_start_at_an_address_that_the_machine_has_not_says_so()
    {
        ConfigurationException fault = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync("192.0.2.1")); // [RFC 5737, 3]
        Assert.Contains("Cannot listen for HTTPS on port 0: ", fault.Message, StringComparison.Ordinal);
        await using GatewayHost host = await StartAsync();
    }

    public void Dispose()
    {
        _logs.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Task<GatewayHost> StartAsync() => StartAsync("localhost");

    private Task<GatewayHost> StartAsync(string address)
    {
        var options = new ServerOptions
        {
            Data = _folder,
            Listen = new ListenOptions { Address = address, Amqp = 0, Mqtt = 0, Https = 0 },
        };
        return GatewayHost.StartAsync(options, _logs, TimeProvider.System);
    }
}
