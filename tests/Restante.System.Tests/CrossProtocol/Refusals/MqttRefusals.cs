using System.Globalization;
using Restante.Core.Refusals;

namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>
/// The refusals on MQTT: of a connection, a publish and a subscription. Version 3.1.1 knows no refusal of a publish, so its narrowest scope
/// is the connection. [MQTT-3.3.5-2]
/// </summary>
internal static class MqttRefusals
{
    public static IEnumerable<RefusalCase> All =>
    [
        .. Both(RefusalKind.NotFound, "a report on no command", "PUBACK 0x90", "connection closed", static (scene, version) =>
            PublishAsync(scene, version, "reports/999999")),
        .. Both(RefusalKind.NotFound, "an inquiry that nobody handles", "PUBACK 0x90", "connection closed", static (scene, version) =>
            PublishAsync(scene, version, $"inquiries/{scene.Device}/q", ("only-if-handled", "true"))),
        .. Both(RefusalKind.Unauthorized, "a wrong key", "CONNACK 0x86", "CONNACK 4", static async (scene, version) =>
            await (await MqttSide.StartAsync(scene, version)).ConnectAsync(scene.Device, "wrong")),
        .. Both(RefusalKind.Forbidden, "another device's telemetry", "PUBACK 0x87", "connection closed", static (scene, version) =>
            PublishAsync(scene, version, $"devices/{scene.Other}/telemetry")),
        .. Both(RefusalKind.Forbidden, "a filter of what is not its own", "SUBACK 0x87", "SUBACK 0x80", static async (scene, version) =>
            await (await MqttSide.DeviceAsync(scene, version)).SubscribeAsync("telemetry/#")),
        .. Both(RefusalKind.Forbidden, "a service", "CONNACK 0x87", "CONNACK 5", static async (scene, version) =>
            await (await MqttSide.StartAsync(scene, version)).ConnectAsync("policy/admin", scene.Gateway.AdminKey)),
        .. Both(RefusalKind.Conflict, "a report after the final one", "PUBACK 0x80", "connection closed", ReportAfterFinalAsync),
        .. Both(RefusalKind.Conflict, "another version of the state", "PUBACK 0x80", "connection closed", static async (scene, version) =>
            await (await MqttSide.DeviceAsync(scene, version)).PublishAsync("state/reported", "{}"u8.ToArray(), ("if-version", "7"))),
        .. Never(RefusalKind.MailboxFull, "devices do not send to mailboxes"),
        .. Both(RefusalKind.TooLarge, "telemetry over the limit", "PUBACK 0x97", "connection closed", static async (scene, version) =>
            await (await MqttSide.DeviceAsync(scene, version)).PublishAsync("telemetry", new byte[RefusalFixture.MessageBytes + 1])),
        .. Both(RefusalKind.Malformed, "a topic that is none", "PUBACK 0x90", "connection closed", static (scene, version) =>
            PublishAsync(scene, version, "nowhere")),
        .. Both(RefusalKind.Malformed, "a filter of mail that is none", "SUBACK 0x8F", "SUBACK 0x80", static async (scene, version) =>
            await (await MqttSide.DeviceAsync(scene, version)).SubscribeAsync("mailbox/parcels/#")),
        .. Both(RefusalKind.Malformed, "a will to a topic that is none", "CONNACK 0x90", "CONNACK 5", static async (scene, version) =>
            await (await MqttSide.StartAsync(scene, version)).ConnectAsync(scene.Device, scene.Key, will: "nowhere")),
        .. Both(RefusalKind.Expired, "an inquiry whose time has passed", "PUBACK 0x80", "connection closed", static (scene, version) =>
            PublishAsync(scene, version, $"inquiries/{scene.Device}/q", ("until", "1000"))),
        RefusalCase.Of(RefusalKind.Expired, Dialect.Mqtt5, "a lease that is not valid", "PUBACK 0x80", static async scene =>
        {
            MqttSide device = await MqttSide.DeviceAsync(scene, 5);
            Assert.Equal(Refused.Taken, (await device.SubscribeAsync("mailbox/#")).Answer);
            return await device.PublishAsync("mailbox/settle/999999-1/accept", []);
        }),
        .. Both(RefusalKind.Throttled, "an inquiry too many", "PUBACK 0x97", "connection closed", InquiryTooManyAsync),
        .. Both(RefusalKind.Throttled, "too many wrong keys", "CONNACK 0x9F", "CONNACK 3", WrongKeysAsync),
        .. Both(RefusalKind.LimitReached, "a report too many", "PUBACK 0x97", "connection closed", ReportTooManyAsync),
        .. Both(RefusalKind.Unavailable, "telemetry not stored", "PUBACK 0x83", "connection closed", static async (scene, version) =>
        {
            MqttSide device = await MqttSide.DeviceAsync(scene, version);
            return await Scene.UntilRefusedAsync(() => device.PublishAsync("telemetry", Scene.Filling));
        }),
        .. Both(RefusalKind.Unavailable, "an inquiry not stored", "PUBACK 0x83", "connection closed", static async (scene, version) =>
        {
            MqttSide device = await MqttSide.DeviceAsync(scene, version);
            int number = 0;
            return await Scene.UntilRefusedAsync(() =>
                device.PublishAsync($"inquiries/{scene.Device}/q{++number}", Scene.Filling));
        }),
    ];

    private static IEnumerable<RefusalCase> Both(
        RefusalKind kind, string what, string answer5, string answer311, Func<Scene, int, Task<Refused>> provoke) =>
    [
        RefusalCase.Of(kind, Dialect.Mqtt5, what, answer5, scene => provoke(scene, 5)),
        RefusalCase.Of(kind, Dialect.Mqtt311, what, answer311, scene => provoke(scene, 4)),
    ];

    private static IEnumerable<RefusalCase> Never(RefusalKind kind, string why) =>
        [RefusalCase.Never(kind, Dialect.Mqtt5, why), RefusalCase.Never(kind, Dialect.Mqtt311, why)];

    private static async Task<Refused> PublishAsync(
        Scene scene, int version, string topic, params (string Name, string Value)[] properties) =>
        await (await MqttSide.DeviceAsync(scene, version)).PublishAsync(topic, "content"u8.ToArray(), properties);

    private static async Task<Refused> ReportAfterFinalAsync(Scene scene, int version)
    {
        string command = await scene.CommandAsync(scene.Device);
        MqttSide device = await MqttSide.DeviceAsync(scene, version);
        Assert.Equal(Refused.Taken, (await device.PublishAsync($"reports/{command}/final", [])).Answer);
        return await device.PublishAsync($"reports/{command}", []);
    }

    private static async Task<Refused> ReportTooManyAsync(Scene scene, int version)
    {
        string command = await scene.CommandAsync(scene.Device);
        MqttSide device = await MqttSide.DeviceAsync(scene, version);
        for (int i = 0; i < RefusalFixture.Reports; i++)
            Assert.Equal(Refused.Taken, (await device.PublishAsync($"reports/{command}", [])).Answer);
        return await device.PublishAsync($"reports/{command}", []);
    }

    private static async Task<Refused> InquiryTooManyAsync(Scene scene, int version)
    {
        MqttSide device = await MqttSide.DeviceAsync(scene, version);
        for (int i = 0; i < RefusalFixture.OpenInquiries; i++)
        {
            string topic = "inquiries/weather/q" + i.ToString(CultureInfo.InvariantCulture);
            Assert.Equal(Refused.Taken, (await device.PublishAsync(topic, [])).Answer);
        }

        return await device.PublishAsync("inquiries/weather/too-many", []);
    }

    private static async Task<Refused> WrongKeysAsync(Scene scene, int version)
    {
        MqttSide before = await MqttSide.DeviceAsync(scene, version);
        for (int i = 0; i < RefusalFixture.WrongCredentials; i++)
        {
            await using MqttSide wrong = await MqttSide.StartAsync(scene, version);
            Assert.NotEqual(Refused.Taken, (await wrong.ConnectAsync(scene.Device, "wrong")).Answer);
        }

        await using MqttSide right = await MqttSide.StartAsync(scene, version);
        return await right.ConnectAsync(scene.Device, scene.Key) with { Side = before };
    }
}
