using System.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// A gateway with short times whose HTTPS is abused, and a client of it that must not notice: it has one connection, from before any abuse.
/// </summary>
public sealed class HttpAbuseFixture : IAsyncLifetime
{
    private HttpClient _good = null!;
    private Witness _witness = null!;

    public GatewayProcess Gateway { get; private set; } = null!;

    /// <summary>The credentials of the administrator, as a header has them.</summary>
    public string Authorization => Http2Bytes.Basic("policy/admin", Gateway.AdminKey);

    public async Task InitializeAsync()
    {
        Gateway = await GatewayProcess.StartAsync(
            "--set", "Network:FirstBytesTimeoutMs=3000", "--set", "Https:RateGraceMs=2000", "--set", "Https:IdleTimeoutMs=4000",
            "--set", "Https:PingDelayMs=1000", "--set", "Network:WriteTimeoutMs=4000", "--set", "Log:Level=Warning");
        _good = Gateway.CreateHttpClient($"policy/admin:{Gateway.AdminKey}");
        _good.DefaultRequestVersion = HttpVersion.Version20;
        _good.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await ProveAsync();
        _witness = await Witness.StartAsync(Gateway);
    }

    public async Task DisposeAsync()
    {
        _good.Dispose();
        await _witness.DisposeAsync();
        await Gateway.DisposeAsync();
    }

    /// <summary>The good ones, of each protocol, work as long as the abuse goes on and once more after it; memory stays bounded.</summary>
    internal Task WorkDuringAsync(Func<Task> abuse) => _witness.WorkDuringAsync(async () =>
    {
        Task abusing = Task.Run(abuse);
        do
            await ProveAsync();
        while (!abusing.IsCompleted);
        await abusing;
        await ProveAsync();
    });

    private async Task ProveAsync()
    {
        using HttpResponseMessage response = await _good.GetAsync("/v1/devices?max=1").WaitAsync(Wire.Patience);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}

[CollectionDefinition("http abuse")]
public sealed class HttpAbuseCollection : ICollectionFixture<HttpAbuseFixture>;
