using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Tests.Support;
using Restante.Storage.Conformance;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Access;

public sealed class TokenRulesTests : IAsyncDisposable
{
    private readonly TestGateway _test = new(access: new AccessOptions { ClockSkewMs = 30_000, MaxTokenLifetimeMs = 600_000 });

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Theory]
    [InlineData(-30, false)]
    [InlineData(-29, true)]
    [InlineData(630, true)]
    [InlineData(631, false)]
    public async Task A_token_counts_for_its_time_and_no_longer_than_is_allowed(int seconds, bool taken)
    {
        DeviceRecord device = Ok(await _test.Gateway.Devices.CreateAsync("truck"));
        PolicyRecord policy = Ok(await _test.Gateway.Policies.CreateAsync("backend", Rights.Send));
        long end = (_test.NowMs / 1_000) + seconds;
        Result<Principal> byDevice = await TryAsync(SharedAccessSignature.Create("devices/truck", device.PrimaryKey, end));
        Result<Principal> byPolicy = await TryAsync(SharedAccessSignature.Create("gateway.example", policy.PrimaryKey, end, "backend"));
        Assert.Equal((taken, taken), (byDevice.IsSuccess, byPolicy.IsSuccess));
        if (taken)
            Assert.Equal((end + 30) * 1_000, byDevice.Value!.ExpiresAtMs);
    }

    [Theory]
    [InlineData("gateway.example", null)]
    [InlineData("gateway.example/", null)]
    [InlineData("sb://gateway.example", null)]
    [InlineData("sb://devices", null)]
    [InlineData("amqps://gateway.example:5671/devices/truck", "devices/truck")]
    [InlineData("gateway.example/devices/truck", "devices/truck")]
    [InlineData("gateway.example/telemetry", "telemetry")]
    [InlineData("devices/truck", "devices/truck")]
    [InlineData("/devices/truck", "devices/truck")]
    [InlineData("gateway.example\\devices\\truck", "devices/truck")]
    [InlineData("telemetry", "telemetry")]
    public void A_resource_is_the_gateway_or_a_path(string resource, string? scope) => Assert.Equal(scope, TokenScope.Of(resource));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData(" ")]
    [InlineData("\\")]
    [InlineData("https://")]
    [InlineData("amqps:///")]
    public void A_resource_that_names_nothing_is_not_everything(string resource)
    {
        string token = SharedAccessSignature.Create(resource, SymmetricKey.Generate(), 2_000_000_000, "p");
        Assert.Null(SharedAccessSignature.TryParse(token));
    }

    [Fact]
    public async Task A_services_token_counts_at_its_resource_and_below_only()
    {
        PolicyRecord policy = Ok(await _test.Gateway.Policies.CreateAsync("backend", Rights.Send));
        long end = (_test.NowMs / 1_000) + 60;
        string token = SharedAccessSignature.Create("gateway.example/devices/truck", policy.PrimaryKey, end, "backend");
        var service = Assert.IsType<ServicePrincipal>(Ok(await TryAsync(token)));
        Assert.False(service.May(Rights.Send));
        Assert.True(service.For("devices/truck")!.May(Rights.Send));
        Assert.True(service.For("devices/truck/commands")!.May(Rights.Send));
        Assert.False(service.For("devices/truck")!.May(Rights.RegistryRead));
        foreach (string other in new[] { "devices/truck2", "devices", "devices/other", "telemetry", "", "$management" })
            Assert.Null(service.For(other));
        Assert.Null(await _test.Gateway.Devices.RecheckAsync(service));
    }

    private ValueTask<Result<Principal>> TryAsync(string token) =>
        _test.Gateway.Authenticator.AuthenticateAsync(new AuthenticationAttempt(null, token, null));
}
