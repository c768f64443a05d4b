using System.Text;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Client;
using Restante.Client.Amqp;
using Restante.Client.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Server.Demo;

/// <summary>What else goes between devices and services: questions, notifications, reports.</summary>
internal sealed partial class Story
{
    private const string Mailboxes = "mailbox/#";

    private async Task AskAboutTrafficAsync(AmqpClient service)
    {
        narrator.Chapter("The truck asks about the traffic on its route, and is told of every change until it has arrived.");
        AmqpReceiver questions = await service.OpenReceiverAsync("inquiries/traffic", 10, ending);
        AmqpSender answers = await service.OpenSenderAsync("answers", ending);
        await using AmqpClient truck = await ConnectTruckAsync();
        AmqpReceiver mailbox = await truck.OpenReceiverAsync("mailbox", 10, ending);
        AmqpSender asking = await truck.OpenSenderAsync("inquiries/traffic", ending);

        string id = $"route-{_telling}";
        Expect(await asking.SendAsync(Question("E6 northbound, km 40 to 70", id)));
        narrator.Say(Truck, "asked 'E6 northbound, km 40 to 70', stored and acknowledged");
        AmqpReceived question = await questions.ReceiveAsync(ending);
        question.Accept();
        narrator.Say("service", $"was handed the question '{Text(question.Message)}', keeps it");
        object? number = question.Message.Properties?.CorrelationId;
        foreach (string news in new[] { "clear", "queue at km 52, 4 minutes", "queue at km 52, 9 minutes" })
        {
            Expect(await answers.SendAsync(Answer(news, number)));
            AmqpReceived answer = await mailbox.ReceiveAsync(ending);
            object? place = answer.Message.ApplicationProperties?["number"];
            narrator.Say(Truck, $"received answer {place}: '{Text(answer.Message)}'");
            answer.Accept();
        }

        AmqpMessage arrived = Question(string.Empty, id);
        arrived.ApplicationProperties = new AmqpMap { { "cancel", true } };
        Expect(await asking.SendAsync(arrived));
        narrator.Say(Truck, "has arrived, takes its question back");
        if (await answers.SendAsync(Answer("clear again", number)) is Rejected late)
            narrator.Say("service", $"one more answer is refused: {late.Error?.Description}");
    }

    private async Task NotifyACityAsync(AmqpClient service, AmqpSender commands)
    {
        narrator.Chapter("The air in Oslo is bad. Who is tagged with that city is notified, over whatever protocol, and nobody else.");
        AmqpSender notifications = await service.OpenSenderAsync("notifications", ending);
        await using MqttClient turbine = await ConnectMqttAsync(Turbine, MqttVersion.V500);
        await turbine.SubscribeAsync(Mailboxes, MqttQos.AtLeastOnce, ending);
        await using MqttClient lamp = await ConnectMqttAsync(Lamp, MqttVersion.V311);
        await lamp.SubscribeAsync(Mailboxes, MqttQos.AtLeastOnce, ending);

        AmqpMessage notification = AmqpMessage.FromData(Encoding.UTF8.GetBytes("air quality is poor"));
        notification.Header = new MessageHeader { Durable = true, TtlMs = 60_000 };
        notification.ApplicationProperties = new AmqpMap { { "audience", "tags.city = 'Oslo'" } };
        Expect(await notifications.SendAsync(notification));
        narrator.Say("service", "notified tags.city = 'Oslo' of 'air quality is poor'");
        MqttReceived shown = await lamp.ReceiveAsync(ending);
        narrator.Say(Lamp, $"received '{Encoding.UTF8.GetString(shown.Payload.Span)}'");
        shown.Accept();
        await using AmqpClient truck = await ConnectTruckAsync();
        AmqpReceived heard = await (await truck.OpenReceiverAsync("mailbox", 10, ending)).ReceiveAsync(ending);
        narrator.Say(Truck, $"received '{Text(heard.Message)}', although it was not connected when it was sent");
        heard.Accept();

        narrator.Chapter("The turbine in Bergen is sent a command, and reports what came of it.");
        await CommandAsync(commands, Turbine, "measure the oil", 60_000);
        MqttReceived command = await turbine.ReceiveAsync(ending);
        narrator.Say(Turbine, $"received '{Encoding.UTF8.GetString(command.Payload.Span)}' and no notification, accepts it");
        command.Accept();
        string id = command.Topic.Split('/')[2];
        AmqpReceiver reports = await service.OpenReceiverAsync($"reports/{id}", 10, ending);
        await turbine.PublishAsync($"reports/{id}", Encoding.UTF8.GetBytes("pump on"));
        await turbine.PublishAsync($"reports/{id}/final", Encoding.UTF8.GetBytes("82 percent"));
        for (bool isFinal = false; !isFinal;)
        {
            AmqpReceived report = await reports.ReceiveAsync(ending);
            isFinal = report.Message.ApplicationProperties?["final"] is true;
            narrator.Say("service", $"received {(isFinal ? "the final report" : "a report")}: '{Text(report.Message)}'");
            report.Accept();
        }
    }

    private static void Expect(DeliveryState? state)
    {
        if (state is not Accepted)
            throw new ClientException($"The gateway refused a message: {(state as Rejected)?.Error?.Description ?? "it gave no reason"}");
    }

    private static AmqpMessage Question(string text, string id)
    {
        AmqpMessage message = AmqpMessage.FromData(Encoding.UTF8.GetBytes(text));
        message.Header = new MessageHeader { Durable = true, TtlMs = 60_000 };
        message.Properties = new MessageProperties { MessageId = id };
        return message;
    }

    private static AmqpMessage Answer(string text, object? inquiry)
    {
        AmqpMessage message = AmqpMessage.FromData(Encoding.UTF8.GetBytes(text));
        message.Properties = new MessageProperties { CorrelationId = inquiry };
        return message;
    }
}
