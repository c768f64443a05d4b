using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Tests.Support;
using Restante.Storage.Conformance;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Access;

public sealed class AuthenticatorTests : IAsyncDisposable
{
    private readonly TestGateway _test = new(new GatewayLimits { MaxAuthenticationFailuresPerMinute = 5, MaxAuthenticationFailuresPerSourcePerMinute = 20 });

    private Authenticator Authenticator => _test.Gateway.Authenticator;

    private long NowSeconds => _test.NowMs / 1_000;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_device_is_known_by_each_of_its_keys()
    {
        DeviceRecord device = await CreateAsync("truck");
        var first = Assert.IsType<DevicePrincipal>(Ok(await TryAsync("truck", device.PrimaryKey.Reveal())));
        var second = Assert.IsType<DevicePrincipal>(Ok(await TryAsync("truck", device.SecondaryKey.Reveal())));
        Assert.Equal((device.Id, device.Number, CredentialSlot.Primary, long.MaxValue), (first.Id, first.Number, first.Slot, first.ExpiresAtMs));
        Assert.Equal(CredentialSlot.Secondary, second.Slot);
    }

    [Theory]
    [InlineData("devices/truck", "truck")]
    [InlineData("devices/truck", null)]
    [InlineData("gateway.example/devices/truck", "truck")]
    [InlineData("gateway.example/devices/truck", null)]
    [InlineData("gateway.example:5671/devices/truck", "truck")]
    public async Task A_device_is_known_by_a_token_of_its_own(string resource, string? userName)
    {
        DeviceRecord device = await CreateAsync("truck");
        long expiry = NowSeconds + 60;
        foreach ((SymmetricKey key, CredentialSlot slot) in new[] { (device.PrimaryKey, CredentialSlot.Primary), (device.SecondaryKey, CredentialSlot.Secondary) })
        {
            Principal principal = Ok(await TryAsync(userName, SharedAccessSignature.Create(resource, key, expiry)));
            Assert.Equal(("truck", slot, expiry * 1_000), (principal.Name, principal.Slot, principal.ExpiresAtMs));
        }
    }

    [Fact]
    public async Task A_service_is_known_by_each_of_its_keys_and_by_tokens()
    {
        PolicyRecord policy = Ok(await _test.Gateway.Policies.CreateAsync("backend", Rights.Send | Rights.TelemetryRead));
        long expiry = NowSeconds + 60;
        foreach ((SymmetricKey key, CredentialSlot slot) in new[] { (policy.PrimaryKey, CredentialSlot.Primary), (policy.SecondaryKey, CredentialSlot.Secondary) })
        {
            var byKey = Assert.IsType<ServicePrincipal>(Ok(await TryAsync("policy/backend", key.Reveal())));
            string token = SharedAccessSignature.Create("gateway.example", key, expiry, "backend");
            var byToken = Assert.IsType<ServicePrincipal>(Ok(await TryAsync(null, token)));
            Assert.Equal(("backend", slot, policy.Rights), (byKey.Name, byKey.Slot, byKey.Rights));
            Assert.Equal(("backend", slot, expiry * 1_000), (byToken.Name, byToken.Slot, byToken.ExpiresAtMs));
            Assert.IsType<ServicePrincipal>(Ok(await TryAsync("policy/backend", token)));
        }
    }

    [Fact]
    public async Task Every_failure_is_one_and_the_same_refusal()
    {
        DeviceRecord truck = await CreateAsync("truck");
        DeviceRecord other = await CreateAsync("other");
        DeviceRecord off = Ok(await _test.Gateway.Devices.CreateAsync("off", DeviceStatus.Disabled));
        PolicyRecord policy = Ok(await _test.Gateway.Policies.CreateAsync("backend", Rights.Send));
        PolicyRecord second = Ok(await _test.Gateway.Policies.CreateAsync("second", Rights.Send));
        long live = NowSeconds + 60;
        string Token(string resource, SymmetricKey key, long? expiry = null, string? name = null) =>
            SharedAccessSignature.Create(resource, key, expiry ?? live, name);
        (string Why, string? UserName, string Password)[] attempts =
        [
            ("wrong key", "truck", SymmetricKey.Generate().Reveal()),
            ("another device's key", "truck", other.PrimaryKey.Reveal()),
            ("no key", "truck", "password"),
            ("empty", "truck", ""),
            ("a key of noughts", "truck", Convert.ToBase64String(new byte[32])),
            ("unknown device", "nobody", truck.PrimaryKey.Reveal()),
            ("unknown device, a key of noughts", "nobody", Convert.ToBase64String(new byte[32])),
            ("no device id", "not a device", truck.PrimaryKey.Reveal()),
            ("empty user name", "", truck.PrimaryKey.Reveal()),
            ("key without user name", null, truck.PrimaryKey.Reveal()),
            ("disabled device", "off", off.PrimaryKey.Reveal()),
            ("disabled device, token", null, Token("devices/off", off.PrimaryKey)),
            ("case matters", "Truck", truck.PrimaryKey.Reveal()),
            ("expired token", "truck", Token("devices/truck", truck.PrimaryKey, NowSeconds - 1)),
            ("token that expires now", "truck", Token("devices/truck", truck.PrimaryKey, NowSeconds)),
            ("another's token", "truck", Token("devices/other", other.PrimaryKey)),
            ("own key, another's resource", "truck", Token("devices/other", truck.PrimaryKey)),
            ("own key, another's resource, no user name", null, Token("devices/other", truck.PrimaryKey)),
            ("resource of all devices", "truck", Token("devices/", truck.PrimaryKey)),
            ("resource of the gateway", "truck", Token("gateway.example", truck.PrimaryKey)),
            ("resource without slash", "truck", Token("gateway.exampledevices/truck", truck.PrimaryKey)),
            ("resource with two levels", "truck", Token("gateway.example/x/devices/truck", truck.PrimaryKey)),
            ("resource below the device", "truck", Token("devices/truck/telemetry", truck.PrimaryKey)),
            ("resource in capitals", "truck", Token("Devices/truck", truck.PrimaryKey)),
            ("device token that names a policy", "truck", Token("devices/truck", truck.PrimaryKey, null, "backend")),
            ("device token for a policy", "policy/backend", Token("devices/truck", truck.PrimaryKey)),
            ("policy's key, token without the policy's name", "policy/backend", Token("gateway.example", policy.PrimaryKey)),
            ("policy token for another policy", "policy/second", Token("gateway.example", policy.PrimaryKey, null, "backend")),
            ("own policy token that names another", "policy/second", Token("gateway.example", second.PrimaryKey, null, "backend")),
            ("policy token for a device", "truck", Token("devices/truck", policy.PrimaryKey, null, "backend")),
            ("policy's key for a device", "truck", policy.PrimaryKey.Reveal()),
            ("device's key for a policy", "policy/backend", truck.PrimaryKey.Reveal()),
            ("expired policy token", null, Token("gateway.example", policy.PrimaryKey, NowSeconds, "backend")),
            ("unknown policy", "policy/nobody", policy.PrimaryKey.Reveal()),
            ("no policy's name", "policy/", policy.PrimaryKey.Reveal()),
            ("policy without prefix", "backend", policy.PrimaryKey.Reveal()),
            ("prefix in capitals", "Policy/backend", policy.PrimaryKey.Reveal()),
            ("broken token", "truck", "SharedAccessSignature sr=devices/truck"),
            ("broken token alone", null, "SharedAccessSignature "),
        ];
        foreach ((string why, string? userName, string password) in attempts)
        {
            Result<Principal> result = await Authenticator.AuthenticateAsync(new AuthenticationAttempt(userName, password, null));
            Assert.True(ReferenceEquals(Refusal.NotAuthenticated, result.Refusal), why);
        }
    }

    [Fact]
    public async Task A_token_lives_until_its_second_begins()
    {
        DeviceRecord device = await CreateAsync("truck");
        string token = SharedAccessSignature.Create("devices/truck", device.PrimaryKey, NowSeconds + 10);
        _test.Time.Advance(9_999);
        Ok(await TryAsync("truck", token));
        _test.Time.Advance(1);
        Assert.Same(Refusal.NotAuthenticated, (await TryAsync("truck", token)).Refusal);
    }

    [Fact]
    public async Task A_token_for_ever_has_an_end_that_can_be_counted()
    {
        DeviceRecord device = await CreateAsync("truck");
        Principal principal = Ok(await TryAsync("truck", SharedAccessSignature.Create("devices/truck", device.PrimaryKey, 253_402_300_799)));
        Assert.Equal(253_402_300_799_000, principal.ExpiresAtMs);
    }

    [Fact]
    public async Task An_address_that_fails_too_often_is_refused_unseen_until_the_minute_is_over()
    {
        DeviceRecord device = await CreateAsync("truck");
        for (int i = 0; i < 5; i++)
            Refused(RefusalKind.Unauthorized, await TryAsync("truck", "wrong", "192.0.2.1"));
        Refused(RefusalKind.Throttled, await TryAsync("truck", device.PrimaryKey.Reveal(), "192.0.2.1"));
        Ok(await TryAsync("truck", device.PrimaryKey.Reveal(), "192.0.2.2"));
        Ok(await TryAsync("truck", device.PrimaryKey.Reveal(), null));
        _test.Time.Advance(60_000);
        Ok(await TryAsync("truck", device.PrimaryKey.Reveal(), "192.0.2.1"));
    }

    [Fact]
    public async Task A_neighbour_behind_the_same_address_is_let_in_until_the_address_as_a_whole_has_failed_too_often()
    {
        DeviceRecord device = await CreateAsync("truck");
        for (int i = 0; i < 5; i++)
            Refused(RefusalKind.Unauthorized, await TryAsync("turbine", "wrong", "192.0.2.1"));
        Refused(RefusalKind.Throttled, await TryAsync("turbine", "wrong", "192.0.2.1"));
        Ok(await TryAsync("truck", device.PrimaryKey.Reveal(), "192.0.2.1"));
        for (int i = 0; i < 15; i++)
            Refused(RefusalKind.Unauthorized, await TryAsync($"guess-{i}", "wrong", "192.0.2.1"));
        Refused(RefusalKind.Throttled, await TryAsync("truck", device.PrimaryKey.Reveal(), "192.0.2.1"));
    }

    [Fact]
    public async Task A_name_that_is_tried_in_two_readings_fails_once_and_not_at_all_when_one_is_right()
    {
        DeviceRecord device = await CreateAsync("truck");
        for (int i = 0; i < 30; i++)
        {
            Refused(RefusalKind.Unauthorized, await Authenticator.AuthenticateAsync(
                new AuthenticationAttempt("policy/truck", device.PrimaryKey.Reveal(), "192.0.2.1") { IsFollowed = true }));
            Ok(await TryAsync("truck", device.PrimaryKey.Reveal(), "192.0.2.1"));
        }

        for (int i = 0; i < 5; i++)
            Refused(RefusalKind.Unauthorized, await TryAsync("truck", "wrong", "192.0.2.1"));
        Refused(RefusalKind.Throttled, await Authenticator.AuthenticateAsync(
            new AuthenticationAttempt("policy/truck", "wrong", "192.0.2.1") { IsFollowed = true }));
    }

    [Fact]
    public async Task Successes_are_not_counted()
    {
        DeviceRecord device = await CreateAsync("truck");
        for (int i = 0; i < 20; i++)
            Ok(await TryAsync("truck", device.PrimaryKey.Reveal(), "192.0.2.1"));
    }

    [Theory]
    [InlineData("truck")]
    [InlineData("policy/backend")]
    public async Task A_registry_that_cannot_be_read_is_unavailable_and_no_failure_of_the_peer(string userName)
    {
        using var gateway = new Gateway(
            new BrokenStore(), new GatewayLimits { MaxAuthenticationFailuresPerMinute = 1 }, _test.Time,
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        for (int i = 0; i < 3; i++)
        {
            Refused(
                RefusalKind.Unavailable,
                await gateway.Authenticator.AuthenticateAsync(new AuthenticationAttempt(userName, "x", "192.0.2.1")));
        }
    }

    [Fact]
    public async Task The_registry_is_asked_once_whether_the_device_exists_or_not()
    {
        var store = new BrokenStore { Broken = false };
        using Gateway gateway = Over(store, refusalMs: 0);
        await gateway.Authenticator.AuthenticateAsync(new AuthenticationAttempt("known", "x", null));
        Assert.Equal(1, store.Asked);
        await gateway.Authenticator.AuthenticateAsync(new AuthenticationAttempt("unknown", "x", null));
        Assert.Equal(2, store.Asked);
    }

    [Theory]
    [InlineData("known")]
    [InlineData("unknown")]
    [InlineData("policy/unknown")]
    public async Task Wrong_credentials_are_refused_after_the_same_time_however_long_it_took_to_look(string userName)
    {
        var store = new BrokenStore { Broken = false };
        using Gateway gateway = Over(store, refusalMs: 20);
        int timers = 0;
        foreach (long readMs in new[] { 0, 7, 19 })
        {
            store.Reading = () => _test.Time.Advance(readMs);
            var attempt = new AuthenticationAttempt(userName, "x", null);
            Task<Result<Principal>> refused = gateway.Authenticator.AuthenticateAsync(attempt).AsTask();
            await _test.Time.TimersMadeAsync(++timers);
            _test.Time.Advance(20 - readMs - 1);
            Assert.False(refused.IsCompleted);
            _test.Time.Advance(1);
            Refused(RefusalKind.Unauthorized, await refused);
        }

        store.Reading = () => _test.Time.Advance(25);
        Refused(RefusalKind.Unauthorized, await gateway.Authenticator.AuthenticateAsync(new AuthenticationAttempt(userName, "x", null)));
    }

    [Fact]
    public async Task The_other_reading_of_a_name_shares_the_time_until_the_refusal()
    {
        var store = new BrokenStore { Broken = false, Reading = () => _test.Time.Advance(8) };
        using Gateway gateway = Over(store, refusalMs: 20);
        AuthenticationAttempt[] attempts = new AuthenticationAttempt("unknown", "x", null).FollowedBy("policy/unknown");
        Refused(RefusalKind.Unauthorized, await gateway.Authenticator.AuthenticateAsync(attempts[0]));
        Task<Result<Principal>> refused = gateway.Authenticator.AuthenticateAsync(attempts[1]).AsTask();
        await _test.Time.TimersMadeAsync(1);
        _test.Time.Advance(3);
        Assert.False(refused.IsCompleted);
        _test.Time.Advance(1);
        Refused(RefusalKind.Unauthorized, await refused);
    }

    private Gateway Over(BrokenStore store, int refusalMs) => new(
        store, new GatewayLimits(), _test.Time, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance,
        new AccessOptions { RefusalMs = refusalMs });

    [Theory]
    [InlineData(Rights.Send, Rights.Send, true)]
    [InlineData(Rights.Send, Rights.TelemetryRead, false)]
    [InlineData(Rights.Send | Rights.TelemetryRead, Rights.TelemetryRead, true)]
    [InlineData(Rights.Send, Rights.Send | Rights.TelemetryRead, false)]
    [InlineData(Rights.Admin, Rights.RegistryWrite | Rights.Send, true)]
    [InlineData(Rights.RegistryWrite, Rights.Admin, false)]
    public void A_service_may_what_its_policy_says(Rights held, Rights wanted, bool may) =>
        Assert.Equal(may, new ServicePrincipal("p", held, CredentialSlot.Primary, long.MaxValue).May(wanted));

    private async Task<DeviceRecord> CreateAsync(string id) => Ok(await _test.Gateway.Devices.CreateAsync(id));

    private ValueTask<Result<Principal>> TryAsync(string? userName, string password, string? source = null) =>
        Authenticator.AuthenticateAsync(new AuthenticationAttempt(userName, password, source));
}
