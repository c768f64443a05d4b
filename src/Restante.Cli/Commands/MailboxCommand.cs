using System.CommandLine;
using System.Globalization;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante mailbox</c>.</summary>
internal static class MailboxCommand
{
    private const int PageSize = 200;

    public static Command Create(CommandFrame frame)
    {
        var device = new Argument<string>("DEVICE") { Description = "The device's id." };
        var purge = new Option<bool>("--purge")
        {
            Description = "Take back all that the device does not have in hand; it ends as cancelled.",
        };
        var command = new Command("mailbox", "Shows what is in a device's mailbox, or takes it back.") { device, purge };
        frame.Handle(command, (call, cancellation) =>
        {
            string path = CommandCall.DevicePath(call.Parsed.GetRequiredValue(device)) + "/mailbox";
            return call.Parsed.GetValue(purge) ? PurgeAsync(call, path, cancellation) : BrowseAsync(call, path, cancellation);
        });
        return command;
    }

    private static async Task<ExitCode> PurgeAsync(CommandCall call, string path, CancellationToken cancellation)
    {
        PurgeView purged = await call.Client.RequestAsync(HttpMethod.Delete, path, null, RestanteJson.Plain.PurgeView, cancellation);
        if (call.Report.IsJson)
            call.Report.Json(purged, RestanteJson.Plain.PurgeView);
        else
            call.Report.Note(string.Create(CultureInfo.InvariantCulture, $"{purged.Cancelled} messages ended as cancelled."));
        return ExitCode.Done;
    }

    private static async Task<ExitCode> BrowseAsync(CommandCall call, string path, CancellationToken cancellation)
    {
        var messages = new List<MailboxMessageView>();
        string? after = null;
        do
        {
            string query = string.Create(CultureInfo.InvariantCulture, $"?max={PageSize}") + (after is null ? "" : "&after=" + after);
            MailboxPage page = await call.Client.GetAsync(path + query, RestanteJson.Plain.MailboxPage, cancellation);
            messages.AddRange(page.Items);
            after = page.Next;
        }
        while (after is not null);

        if (call.Report.IsJson)
        {
            call.Report.JsonList(messages, RestanteJson.Plain.MailboxMessageView);
        }
        else
        {
            call.Report.Table(
                ["ID", "STATE", "DELIVERIES", "SENDER", "EXPIRES", "BODY"],
                messages.Select(m => (string?[])[
                    m.Id,
                    m.State,
                    m.DeliveryCount.ToString(CultureInfo.InvariantCulture),
                    m.Sender,
                    m.ExpiresAt is DateTimeOffset at ? Report.Time(at) : "never",
                    Report.Body(m)]),
                "The mailbox is empty.");
        }

        return ExitCode.Done;
    }
}
