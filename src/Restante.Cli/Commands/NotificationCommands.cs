using System.CommandLine;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante notification</c>.</summary>
internal static class NotificationCommands
{
    private const string Root = "/v1/notifications";

    public static Command Create(CommandFrame frame) => new("notification", "Shows what became of notifications, and takes them back.")
    {
        List(frame),
        Show(frame),
        Devices(frame),
        Recall(frame),
    };

    private static Argument<string> Notification() => new("NOTIFICATION") { Description = "The notification's id." };

    private static Command List(CommandFrame frame)
    {
        var command = new Command("list", "Lists the notifications in the order of sending.");
        frame.Handle(command, static (call, cancellation) => call.ShowListAsync(
            call.ListAsync(Root, RestanteJson.Plain.NotificationPage, static p => p.Items, static p => p.Next, "after", cancellation),
            RestanteJson.Plain.NotificationView,
            ["ID", "STATE", "ACCEPTED", "REJECTED", "UNDELIVERABLE", "EXPIRES", "AUDIENCE"],
            static n =>
            [
                n.Id,
                n.State,
                Report.Number(n.Accepted),
                Report.Number(n.Rejected),
                Report.Number(n.Undeliverable),
                Report.Time(n.ExpiresAt),
                n.Audience,
            ],
            "There are no notifications. Send one with 'restante notify BODY --audience QUERY'."));
        return command;
    }

    private static Command Show(CommandFrame frame)
    {
        Argument<string> id = Notification();
        var command = new Command("show", "Shows a notification and how many devices have settled it.") { id };
        frame.Handle(command, (call, cancellation) => call.ShowAsync(
            HttpMethod.Get, call.PathOf(Root, id), RestanteJson.Plain.NotificationView, Tell, cancellation));
        return command;
    }

    private static Command Devices(CommandFrame frame)
    {
        Argument<string> id = Notification();
        var command = new Command("devices", "Lists the devices that have settled a notification, and how.") { id };
        frame.Handle(command, (call, cancellation) => call.ShowListAsync(
            call.ListAsync(
                call.PathOf(Root, id) + "/devices",
                RestanteJson.Plain.NotificationDevicePage,
                static p => p.Items,
                static p => Report.Number(p.Next),
                "after",
                cancellation),
            RestanteJson.Plain.NotificationDeviceView,
            ["DEVICE", "OUTCOME", "DELIVERIES", "AT", "REASON"],
            static d => [d.Device, d.Outcome, Report.Number(d.DeliveryCount), Report.Time(d.At), d.Reason],
            "No device has settled it yet."));
        return command;
    }

    private static Command Recall(CommandFrame frame)
    {
        Argument<string> id = Notification();
        var command = new Command("recall", "Takes a notification back wherever it waits.") { id };
        frame.Handle(command, (call, cancellation) => call.ShowAsync(
            HttpMethod.Delete, call.PathOf(Root, id), RestanteJson.Plain.NotificationView, Tell, cancellation));
        return command;
    }

    private static void Tell(Report report, NotificationView notification)
    {
        report.Facts(
            notification,
            RestanteJson.Plain.NotificationView,
            ("notification", notification.Id),
            ("audience", notification.Audience),
            ("matching", notification.Matching is long matching ? $"{Report.Number(matching)} devices now" : null),
            ("state", notification.State),
            ("reason", notification.Reason),
            ("sender", notification.Sender),
            ("sent", Report.Time(notification.SentAt)),
            ("expires", Report.Time(notification.ExpiresAt)),
            ("ended", Report.Time(notification.EndedAt)),
            ("accepted", Report.Number(notification.Accepted)),
            ("rejected", Report.Number(notification.Rejected)),
            ("undeliverable", Report.Number(notification.Undeliverable)),
            ("body", Report.Body(notification)));
    }
}
