using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Client.Amqp;
using Restante.Core.Refusals;

namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>The refusals on AMQP: of a login, a link, a message and a request.</summary>
internal static class AmqpRefusals
{
    public static IEnumerable<RefusalCase> All =>
    [
        Of(RefusalKind.NotFound, "a command to no device", "message rejected, `amqp:not-found`", async scene =>
            await (await AmqpSide.ServiceAsync(scene)).SendAsync("devices", To("nobody"), To(scene.Other))),
        Of(RefusalKind.NotFound, "an address that is none", "link refused, `amqp:not-found`", async scene =>
        {
            AmqpSide device = await AmqpSide.DeviceAsync(scene);
            return await device.LinkAsync(() => device.SenderAsync("nowhere"));
        }),
        Of(RefusalKind.NotFound, "a request about no device", "request 404", async scene =>
            await (await AmqpSide.ServiceAsync(scene)).RequestAsync("$management", Operation("READ", "nobody"))),
        Of(RefusalKind.Unauthorized, "a wrong key", "SASL auth", async scene =>
            await (await AmqpBareSide.StartAsync(scene)).LogInAsync("wrong")),
        Of(RefusalKind.Forbidden, "another device's telemetry", "link refused, `amqp:unauthorized-access`", async scene =>
        {
            AmqpSide device = await AmqpSide.DeviceAsync(scene);
            return await device.LinkAsync(() => device.SendAsync($"devices/{scene.Other}/telemetry", Data()));
        }),
        Of(RefusalKind.Forbidden, "a right that the policy lacks", "link refused, `amqp:unauthorized-access`", async scene =>
        {
            AmqpSide reader = await AmqpSide.ReaderAsync(scene);
            return await reader.LinkAsync(() => reader.SenderAsync("devices"));
        }),
        Of(RefusalKind.Forbidden, "an answer to what another was asked", "message rejected, `amqp:unauthorized-access`", AnswerUnasked),
        Of(RefusalKind.Forbidden, "a request that the policy may not make", "request 403", async scene =>
            await (await AmqpSide.ReaderAsync(scene)).RequestAsync("$management", Operation("READ", scene.Device))),
        Of(RefusalKind.Conflict, "a report after the final one", "message rejected, `amqp:resource-locked`", ReportAfterFinal),
        Of(RefusalKind.Conflict, "the mailbox twice on a connection", "link refused, `amqp:resource-locked`", async scene =>
        {
            AmqpSide device = await AmqpSide.DeviceAsync(scene);
            await device.ReceiverAsync("mailbox");
            return await device.LinkAsync(() => device.ReceiverAsync("mailbox"));
        }),
        Of(RefusalKind.Conflict, "a device that is there already", "request 409", async scene =>
            await (await AmqpSide.ServiceAsync(scene)).RequestAsync("$management", Operation("CREATE", scene.Device), new AmqpMap())),
        Of(RefusalKind.MailboxFull, "a command too many", "message rejected, `amqp:resource-limit-exceeded`", async scene =>
        {
            await scene.FillMailboxAsync();
            return await (await AmqpSide.ServiceAsync(scene)).SendAsync("devices", To(scene.Device), To(scene.Other));
        }),
        Of(RefusalKind.MailboxFull, "a dead letter that has no room", "request 429", ResendIntoFull),
        Of(RefusalKind.TooLarge, "a message over the limit", "link detached, `amqp:link:message-size-exceeded`", async scene =>
            await (await AmqpBareSide.StartAsync(scene)).SendAsync(RefusalFixture.MessageBytes + 1)),
        Of(RefusalKind.TooLarge, "a state over the limit", "request 413", async scene =>
            await (await AmqpSide.DeviceAsync(scene)).RequestAsync(
                "state",
                new Dictionary<string, object> { ["operation"] = "PATCH" },
                $$"""{"long":"{{new string('x', 1_500)}}"}""")),
        Of(RefusalKind.Malformed, "a life that is too long", "message rejected, `amqp:invalid-field`", async scene =>
            await (await AmqpSide.ServiceAsync(scene)).SendAsync("devices", Expiring(scene.Other, days: 300), To(scene.Other))),
        Of(RefusalKind.Malformed, "bytes that are no message", "message rejected, `amqp:decode-error`", async scene =>
        {
            AmqpSide device = await AmqpSide.DeviceAsync(scene);
            AmqpSender sender = await device.SenderAsync("telemetry");
            Refused refused = await device.SendAsync(sender, new byte[] { 0xde, 0xad, 0xbe, 0xef });
            Assert.Equal(Refused.Taken, (await device.SendAsync(sender, Data().Encode())).Answer);
            return refused;
        }),
        Of(RefusalKind.Malformed, "a selector that cannot be read", "link refused, `amqp:invalid-field`", async scene =>
        {
            AmqpSide device = await AmqpSide.DeviceAsync(scene);
            return await device.LinkAsync(() => device.ReceiverAsync("mailbox", "colour ="));
        }),
        Of(RefusalKind.Malformed, "an operation that is none", "request 400", async scene =>
            await (await AmqpSide.ServiceAsync(scene)).RequestAsync("$management", Operation("PAINT", scene.Device))),
        Of(RefusalKind.Expired, "a command whose time has passed", "message rejected, `amqp:precondition-failed`", async scene =>
            await (await AmqpSide.ServiceAsync(scene)).SendAsync("devices", Expiring(scene.Other, days: -1), To(scene.Other))),
        Of(RefusalKind.Expired, "a lease that is not valid", "message rejected, `amqp:precondition-failed`", async scene =>
        {
            AmqpSide device = await AmqpSide.DeviceAsync(scene);
            await device.ReceiverAsync("mailbox");
            return await device.SendAsync(
                "mailbox/settle", AmqpSide.Message(new() { Subject = "accept" }, new() { ["lease"] = "999999-1" }));
        }),
        Of(RefusalKind.Expired, "a dead letter to be sent again into the past", "request 410", async scene =>
        {
            string letter = await DeadLetterAsync(scene);
            return await (await AmqpSide.ServiceAsync(scene)).RequestAsync("$management", Resend(scene, letter, expiresAtMs: 1_000));
        }),
        Of(RefusalKind.Throttled, "an inquiry too many", "message released", InquiryTooMany),
        Of(RefusalKind.Throttled, "an act too many", "request 429", async scene =>
        {
            AmqpSide keeper = await AmqpSide.KeeperAsync(scene);
            return await Scene.UntilRefusedAsync(() => keeper.RequestAsync("$management", Operation("UPDATE", scene.Device), new AmqpMap()));
        }),
        Of(RefusalKind.Throttled, "too many wrong keys", "SASL sys-temp", async scene =>
        {
            AmqpSide before = await AmqpSide.DeviceAsync(scene);
            for (int i = 0; i < RefusalFixture.WrongCredentials; i++)
            {
                await using AmqpBareSide wrong = await AmqpBareSide.StartAsync(scene);
                Assert.Equal("SASL auth", (await wrong.LogInAsync("wrong")).Answer);
            }

            await using AmqpBareSide right = await AmqpBareSide.StartAsync(scene);
            return await right.LogInAsync(scene.Key) with { Side = before };
        }),
        Of(RefusalKind.LimitReached, "a report too many", "message rejected, `amqp:resource-limit-exceeded`", ReportTooMany),
        Of(RefusalKind.Unavailable, "a command that cannot be stored", "message released", async scene =>
        {
            AmqpSide service = await AmqpSide.ServiceAsync(scene);
            AmqpSender sender = await service.SenderAsync($"devices/{scene.Device}");
            return await Scene.UntilRefusedAsync(() => service.SendAsync(sender, Filling()));
        }),
        Of(RefusalKind.Unavailable, "telemetry that cannot be stored", "message released", async scene =>
        {
            AmqpSide device = await AmqpSide.DeviceAsync(scene);
            AmqpSender sender = await device.SenderAsync("telemetry");
            return await Scene.UntilRefusedAsync(() => device.SendAsync(sender, Filling()));
        }),
        Of(RefusalKind.Unavailable, "a device that cannot be stored", "request 503", async scene =>
        {
            AmqpSide service = await AmqpSide.ServiceAsync(scene);
            int number = 0;
            return await Scene.UntilRefusedAsync(() =>
                service.RequestAsync("$management", Operation("CREATE", $"{scene.Device}-{++number}"), new AmqpMap()));
        }),
    ];

    private static RefusalCase Of(RefusalKind kind, string what, string answer, Func<Scene, Task<Refused>> provoke) =>
        RefusalCase.Of(kind, Dialect.Amqp, what, answer, provoke);

    private static AmqpMessage Data() => AmqpMessage.FromData("content"u8.ToArray());

    private static ReadOnlyMemory<byte> Filling() => AmqpMessage.FromData(Scene.Filling).Encode();

    private static AmqpMessage To(string device) => AmqpSide.Message(new() { To = device });

    private static AmqpMessage Expiring(string device, int days) => AmqpSide.Message(new()
    {
        To = device,
        AbsoluteExpiryTime = new AmqpTimestamp(DateTimeOffset.UtcNow.AddDays(days).ToUnixTimeMilliseconds()),
    });

    private static Dictionary<string, object> Operation(string operation, string device) =>
        new() { ["operation"] = operation, ["type"] = "device", ["name"] = device };

    private static Dictionary<string, object> Resend(Scene scene, string letter, long expiresAtMs) => new()
    {
        ["operation"] = "RESEND",
        ["type"] = "dead-letter",
        ["name"] = scene.Device,
        ["identity"] = letter,
        ["expires-at"] = expiresAtMs,
    };

    private static AmqpMessage Inquiry(string id, bool cancel = false) =>
        AmqpSide.Message(new() { MessageId = id }, cancel ? new() { ["cancel"] = true } : null);

    private static AmqpMessage Report(string command, bool final = true) =>
        AmqpSide.Message(new() { CorrelationId = command }, new() { ["final"] = final });

    // What the device has asked was handed to the administrator; the one who answers is somebody else.
    private static async Task<Refused> AnswerUnasked(Scene scene)
    {
        await using AmqpSide device = await AmqpSide.DeviceAsync(scene);
        await device.SendAsync($"inquiries/{scene.Device}", Inquiry("q"));
        AmqpSide handler = await AmqpSide.ServiceAsync(scene);
        string unasked = (await handler.SendAsync("answers", AmqpSide.Message(new() { CorrelationId = "1" }))).Answer;
        Assert.NotEqual(Refused.Taken, unasked);
        AmqpReceiver questions = await handler.ReceiverAsync($"inquiries/{scene.Device}");
        AmqpReceived question = await questions.ReceiveAsync(scene.Cancellation);
        Assert.True(question.Accept());
        string number = (string)question.Message.Properties!.CorrelationId!;
        AmqpSide other = await AmqpSide.OtherHandlerAsync(scene);
        return await other.SendAsync("answers", AmqpSide.Message(new() { CorrelationId = number }));
    }

    private static async Task<Refused> ReportAfterFinal(Scene scene)
    {
        string first = await scene.CommandAsync(scene.Device);
        string second = await scene.CommandAsync(scene.Device);
        AmqpSide device = await AmqpSide.DeviceAsync(scene);
        Assert.Equal(Refused.Taken, (await device.SendAsync("reports", Report(first))).Answer);
        return await device.SendAsync("reports", Report(first), Report(second));
    }

    private static async Task<Refused> ReportTooMany(Scene scene)
    {
        string first = await scene.CommandAsync(scene.Device);
        string second = await scene.CommandAsync(scene.Device);
        AmqpSide device = await AmqpSide.DeviceAsync(scene);
        for (int i = 0; i < RefusalFixture.Reports; i++)
            Assert.Equal(Refused.Taken, (await device.SendAsync("reports", Report(first, final: false))).Answer);
        return await device.SendAsync("reports", Report(first), Report(second));
    }

    private static async Task<Refused> InquiryTooMany(Scene scene)
    {
        AmqpSide device = await AmqpSide.DeviceAsync(scene);
        AmqpSender inquiries = await device.SenderAsync("inquiries/weather");
        for (int i = 0; i < RefusalFixture.OpenInquiries; i++)
            Assert.Equal(Refused.Taken, (await device.SendAsync(inquiries, Inquiry($"q{i}").Encode())).Answer);
        Refused refused = await device.SendAsync(inquiries, Inquiry("too-many").Encode());
        Assert.Equal(Refused.Taken, (await device.SendAsync(inquiries, Inquiry("q0", cancel: true).Encode())).Answer);
        Assert.Equal(Refused.Taken, (await device.SendAsync(inquiries, Inquiry("too-many").Encode())).Answer);
        return refused;
    }

    private static async Task<Refused> ResendIntoFull(Scene scene)
    {
        string letter = await DeadLetterAsync(scene);
        await scene.FillMailboxAsync();
        long expiresAtMs = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds();
        return await (await AmqpSide.ServiceAsync(scene)).RequestAsync("$management", Resend(scene, letter, expiresAtMs));
    }

    // A command that the device has rejected; durably so, as the gateway has said by the time that its answer to a later message comes.
    private static async Task<string> DeadLetterAsync(Scene scene)
    {
        string command = await scene.CommandAsync(scene.Device);
        await using AmqpSide device = await AmqpSide.DeviceAsync(scene);
        AmqpReceiver mailbox = await device.ReceiverAsync("mailbox");
        AmqpReceived message = await mailbox.ReceiveAsync(scene.Cancellation);
        string lease = (string)message.Message.MessageAnnotations![new Symbol("x-opt-restante-lease")]!;
        Refused rejected = await device.SendAsync(
            "mailbox/settle", AmqpSide.Message(new() { Subject = "reject" }, new() { ["lease"] = lease }));
        Assert.Equal(Refused.Taken, rejected.Answer);
        return command;
    }
}
