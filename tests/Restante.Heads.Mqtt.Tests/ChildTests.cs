using System.Text;
using Restante.Core.Access;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Reports;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests;

/// <summary>A field gateway publishes for the devices behind it.</summary>
public sealed class ChildTests
{
    private static readonly ServicePrincipal s_service = new("tests", Rights.Admin, CredentialSlot.Primary, long.MaxValue);

    [Theory]
    [InlineData(MqttVersion.V500, MqttQos.AtLeastOnce)]
    [InlineData(MqttVersion.V500, MqttQos.ExactlyOnce)]
    [InlineData(MqttVersion.V311, MqttQos.AtLeastOnce)]
    public async Task Telemetry_of_a_child_is_the_childs_and_keeps_its_order(MqttVersion version, MqttQos qos)
    {
        await using var post = new Post();
        await post.GrantAsync("truck", "sensor");
        Device device = await post.ConnectAsync(version);
        for (int i = 0; i < 20; i++)
        {
            string body = $"m{i}";
            await device.PublishAsync("devices/sensor/telemetry/engine", body, qos);
        }

        for (int i = 0; i < 20; i++)
            Assert.Equal(MqttReasonCode.Success, (await NextPublishAnswerAsync(device)).Code);
        IReadOnlyList<StreamRecord> stored = await post.TelemetryAsync(20);
        Assert.All(stored, r => Assert.Equal(("sensor", "engine"), (r.Source, r.Channel)));
        IEnumerable<string> bodies = stored.Select(r => Encoding.UTF8.GetString(Post.ContentOf(r).Body.Span));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"m{i}"), bodies);
    }

    [Fact]
    public async Task Credentials_of_a_child_are_not_the_gateways_to_change()
    {
        await using var post = new Post();
        await post.GrantAsync("truck", "sensor");
        Device device = await post.ConnectAsync();
        foreach (string subject in new[] { "$certificate", "$key", "$retire" })
        {
            await device.PublishAsync($"devices/sensor/inquiries/{subject}/q-1", "A7");
            Assert.Equal(MqttReasonCode.NotAuthorized, (await device.NextAsync<Answer>()).Code);
        }

        await device.PublishAsync("inquiries/$retire/q-1", "");
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        await device.PublishAsync("inquiries/$other/q-2", "");
        Assert.NotEqual(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
    }

    [Fact]
    public async Task Reports_and_inquiries_of_a_child_are_the_childs()
    {
        await using var post = new Post();
        await post.GrantAsync("truck", "sensor");
        using InquiryHandler handler = post.Gateway.Inquiries.Attach(s_service, "traffic").Value!;
        Sequence command = await post.SendAsync("unlock", device: "sensor");
        Device device = await post.ConnectAsync();
        await device.PublishAsync($"devices/sensor/reports/{command}/final", "done");
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        await device.PublishAsync("devices/sensor/inquiries/traffic/q-1", "A7");
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        await device.PublishAsync($"reports/{command}", "as itself");
        Assert.Equal(MqttReasonCode.TopicNameInvalid, (await device.NextAsync<Answer>()).Code);

        ReportRecord report = Assert.Single((await post.Gateway.Reports.ReadAsync(command, 1, 10)).Value!);
        Assert.Equal(("sensor", true), (report.Device.Value, report.IsFinal));
        TakenInquiry taken = Assert.Single((await handler.TakeAsync(10, 10_000)).Value!);
        Assert.Equal(("sensor", "q-1"), (taken.Device.Value, taken.Id));
        await device.PublishAsync("devices/sensor/inquiries/traffic/q-1/cancel", "");
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
    }

    [Fact]
    public async Task A_device_of_another_gateway_and_none_at_all_are_refused_alike_and_a_withdrawn_grant_ends_it_at_once()
    {
        await using var post = new Post();
        await post.DeviceAsync("lamp");
        await post.GrantAsync("truck", "sensor");
        Device device = await post.ConnectAsync();
        await device.PublishAsync("devices/sensor/telemetry", "mine");
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        Assert.True((await post.Gateway.Devices.ChangeAsync("sensor", new DeviceUpdate { RemoveGateway = true })).IsSuccess);

        List<string> reasons = [];
        foreach (string child in (string[])["lamp", "nobody", "sensor", "no id!"])
        {
            await device.PublishAsync($"devices/{child}/telemetry", "mine");
            Answer refused = await device.NextAsync<Answer>();
            Assert.Equal(MqttReasonCode.NotAuthorized, refused.Code);
            reasons.Add(refused.Reason.Replace(child, "X", StringComparison.Ordinal));
        }

        Assert.Single(reasons.Distinct());
        Assert.Single(await post.TelemetryAsync());
    }

    private static async Task<Answer> NextPublishAnswerAsync(Device device)
    {
        Answer answer = await device.NextOfAsync<Answer>();
        return answer.Stage == MqttAcknowledgementStage.PubComp ? await NextPublishAnswerAsync(device) : answer;
    }
}
