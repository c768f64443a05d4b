using System.CommandLine;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante notify</c>.</summary>
internal static class NotifyCommand
{
    public static Command Create(CommandFrame frame)
    {
        var message = new MessageSymbols();
        var group = new Option<string?>("--group") { HelpName = "GROUP", Description = "To the members of this group." };
        var audience = new Option<string?>("--audience")
        {
            HelpName = "QUERY",
            Description = "To the devices of this query, such as \"tags.city = 'Oslo'\".",
        };
        var ttl = new Option<double?>("--ttl")
        {
            HelpName = "DURATION",
            CustomParser = Durations.Parse,
            Description = $"How long the notification lives: {Durations.Rule}.",
        };
        var command = new Command("notify", "Sends a notification to a group or to the audience of a query.");
        message.AddTo(command);
        command.Add(group);
        command.Add(audience);
        command.Add(ttl);
        command.Validators.Add(result =>
        {
            if (result.GetResult(group) is null == result.GetResult(audience) is null)
                result.AddError("Give --group or --audience, and not both.");
        });
        frame.Handle(command, async (call, cancellation) =>
        {
            var whom = new NotificationCreation
            {
                Group = call.Parsed.GetValue(group),
                Audience = call.Parsed.GetValue(audience),
                Ttl = call.Parsed.GetValue(ttl),
            };
            HttpContent body = CommandCall.Json(await message.FillAsync(call, whom, cancellation), RestanteJson.Plain.NotificationCreation);
            Show(call.Report, await call.Client.RequestAsync(
                HttpMethod.Post, "/v1/notifications", body, RestanteJson.Plain.NotificationReceipt, cancellation));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Report report, NotificationReceipt receipt)
    {
        if (report.IsJson)
        {
            report.Json(receipt, RestanteJson.Plain.NotificationReceipt);
            return;
        }

        report.Facts(("notification", receipt.Id), ("expires", Report.Time(receipt.ExpiresAt)));
        if (receipt.IsDuplicate)
            report.Note("It had been sent before under this message-id; nothing was sent now.");
        if (receipt.MatchesNobody)
            report.Note("No device belongs to the audience now. One that does before it expires gets it.");
    }
}
