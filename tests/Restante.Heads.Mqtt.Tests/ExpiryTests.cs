using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.Net.Certificates;
using Restante.Storage.Conformance;
using Restante.Storage.Conformance.Certificates;

namespace Restante.Heads.Mqtt.Tests;

/// <summary>A connection ends with what it rests on: a certificate or a token, and is told so.</summary>
public sealed class ExpiryTests
{
    private const string Expired = "The token or certificate has expired. Connect with a new one.";

    private static readonly TimeSpan s_life = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_connection_ends_with_its_certificate()
    {
        var time = new HandTime();
        var passport = new Passport(time.GetUtcNow() + s_life);
        var tls = new TlsClientOptions { ClientCertificate = passport.Own, TrustedCertificates = [passport.Listeners] };
        await using var post = new Post(time: time, certificates: new(ServerCertificate.FromCertificate(passport.Listeners)));
        await post.DeviceAsync("truck");
        Assert.True((await post.Gateway.Devices.SetCredentialAsync("truck", CredentialSlot.Primary, passport.Thumbprint)).IsSuccess);
        await EndsAsync(post, time, new MqttConnectOptions { ClientId = "c1", UserName = "truck", KeepAliveSeconds = 1_200 }, tls);
    }

    [Fact]
    public async Task A_connection_ends_with_its_token()
    {
        var time = new HandTime();
        await using var post = new Post(time: time);
        DeviceRecord truck = await post.DeviceAsync("truck");
        long end = (time.GetUtcNow() + s_life).ToUnixTimeSeconds();
        string token = SharedAccessSignature.Create("gateway.example/devices/truck", truck.PrimaryKey, end);
        await EndsAsync(
            post,
            time,
            new MqttConnectOptions { ClientId = "c1", UserName = "truck", Password = Encoding.UTF8.GetBytes(token), KeepAliveSeconds = 1_200 },
            null);
    }

    // It works until shortly before, is told at the end, and does not come again.
    private static async Task EndsAsync(Post post, HandTime time, MqttConnectOptions options, TlsClientOptions? tls)
    {
        Device device = await Device.OpenAsync(post.Roads, post.Port, options, tls: tls);
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<ConnAck>()).Code);
        await post.AdvanceAsync(time, s_life - TimeSpan.FromSeconds(2));
        await device.NothingAsync();
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(3));
        Goodbye goodbye = await device.NextAsync<Goodbye>();
        Assert.Equal((MqttReasonCode.NotAuthorized, Expired), (goodbye.Code, goodbye.Reason));
        Device late = await Device.OpenAsync(post.Roads, post.Port, options, tls: tls);
        Assert.Equal(MqttReasonCode.BadUserNameOrPassword, (await late.NextAsync<ConnAck>()).Code);
    }
}
