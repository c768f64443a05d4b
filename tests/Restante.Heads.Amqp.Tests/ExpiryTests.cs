using Restante.Amqp.Messaging;
using Restante.Amqp.Sasl;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Heads.Amqp.Tests.Peers;
using Restante.Net;
using Restante.Net.Certificates;
using Restante.Storage.Conformance;
using Restante.Storage.Conformance.Certificates;

namespace Restante.Heads.Amqp.Tests;

/// <summary>A connection ends with what it rests on: a certificate or a token, and is told so.</summary>
public sealed class ExpiryTests
{
    private const string Unauthorized = "amqp:unauthorized-access";
    private const string Expired = "The token or certificate has expired.";

    // Shorter than the idle time-out.
    private static readonly TimeSpan s_life = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_connection_ends_with_its_certificate()
    {
        var time = new HandTime();
        var passport = new Passport(time.GetUtcNow() + s_life);
        var tls = new TlsClientOptions { ClientCertificate = passport.Own, TrustedCertificates = [passport.Listeners] };
        await using var house = new House(time: time, certificates: new(ServerCertificate.FromCertificate(passport.Listeners)));
        await house.DeviceAsync();
        Assert.True((await house.Gateway.Devices.SetCredentialAsync("truck", CredentialSlot.Primary, passport.Thumbprint)).IsSuccess);
        Peer device = await Peer.OpenAsync(
            house.Roads, house.Port, Peer.Settings("truck", "") with { SaslClient = SaslClientResponse.External }, tls);
        await device.Opened;
        Line telemetry = await device.SenderAsync("telemetry");
        await house.AdvanceAsync(s_life - TimeSpan.FromSeconds(2));
        Assert.Same(Accepted.Instance, await telemetry.SendAsync("in time"));
        await house.AdvanceAsync(TimeSpan.FromSeconds(3));
        Goodbye goodbye = await device.Closed;
        Assert.Equal((Unauthorized, Expired), (goodbye.Condition, goodbye.Text));

        Peer late = await Peer.OpenAsync(
            house.Roads, house.Port, Peer.Settings("truck", "") with { SaslClient = SaslClientResponse.External }, tls);
        await late.Closed;
        Assert.False(late.Opened.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_connection_ends_with_its_token()
    {
        var time = new HandTime();
        await using var house = new House(time: time);
        DeviceRecord truck = await house.DeviceAsync();
        long end = (time.GetUtcNow() + s_life).ToUnixTimeSeconds();
        Peer device = await house.OpenAsync("truck", SharedAccessSignature.Create("gateway.example/devices/truck", truck.PrimaryKey, end));
        await house.AdvanceAsync(s_life - TimeSpan.FromSeconds(2));
        await device.FenceAsync();
        await house.AdvanceAsync(TimeSpan.FromSeconds(3));
        Goodbye goodbye = await device.Closed;
        Assert.Equal((Unauthorized, Expired), (goodbye.Condition, goodbye.Text));
    }
}
