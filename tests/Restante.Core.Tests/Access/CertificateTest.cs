using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Access;

/// <summary>What tests of certificates share: a gateway, an authority that it trusts, and short words.</summary>
public abstract class CertificateTest : IAsyncDisposable
{
    private protected static readonly ConnectionName Connection = new("amqp", 7, "10.2.3.4");

    private protected TestGateway Test { get; set; } = new();

    private protected TestAuthority Maker { get; } = new("Maker CA");

    private protected Gateway Gateway => Test.Gateway;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Maker.Dispose();
        await Test.DisposeAsync();
    }

    /// <summary>Registers an authority and proves to have its key.</summary>
    private protected async Task TrustAsync(TestAuthority authority, string name = "maker")
    {
        AuthorityRecord record = Ok(await Gateway.Authorities.AddAsync(name, authority.Certificate));
        Ok(await Gateway.Authorities.VerifyAsync(name, authority.Sign(record.VerificationCode)));
    }

    private protected async Task<DeviceRecord> DeviceAsync(string id, Credential? primary = null, Credential? secondary = null) =>
        Ok(await Gateway.Devices.CreateAsync(id, DeviceStatus.Enabled, primary ?? AuthoritySigned.ByAny, secondary));

    private protected ValueTask<Result<Principal>> TryAsync(byte[] leaf, string? name = null, params byte[][] issuers) =>
        Gateway.Authenticator.AuthenticateAsync(AuthenticationAttempt.By(name, TestAuthority.Peer(leaf, issuers), Connection));

    /// <summary>Tries a certificate that is refused, and returns the cause that the device's history holds.</summary>
    private protected async Task<string?> CauseAsync(string device, byte[] leaf, string? name = null, params byte[][] issuers)
    {
        Result<Principal> result = await TryAsync(leaf, name, issuers);
        Assert.Same(Refusal.NotAuthenticated, result.Refusal);
        IReadOnlyList<HistoryRecord> history = Ok(await Gateway.History.ReadAsync(device, null, 1));
        return history[0].Entry.Event == HistoryEvent.Refused ? history[0].Entry.Detail : null;
    }
}
