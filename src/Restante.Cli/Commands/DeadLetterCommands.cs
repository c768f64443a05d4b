using System.CommandLine;
using System.Globalization;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante dead-letters</c>.</summary>
internal static class DeadLetterCommands
{
    public static Command Create(CommandFrame frame) => new(
        "dead-letters", "Shows what a device rejected or could not be handed, and sends it again.")
    {
        List(frame),
        Resend(frame),
        Delete(frame),
    };

    private static Argument<string> Device() => new("DEVICE") { Description = "The device's id." };

    private static string PathOf(CommandCall call, Argument<string> device) =>
        CommandCall.DevicePath(call.Parsed.GetRequiredValue(device)) + "/dead-letters";

    private static Command List(CommandFrame frame)
    {
        Argument<string> device = Device();
        var command = new Command("list", "Lists what is on the dead-letter shelf of a device.") { device };
        frame.Handle(command, async (call, cancellation) =>
        {
            List<DeadLetterView> letters = await call.ListAsync(
                PathOf(call, device), RestanteJson.Plain.DeadLetterPage, static p => p.Items, static p => p.Next, "after", cancellation);
            if (call.Report.IsJson)
            {
                call.Report.JsonList(letters, RestanteJson.Plain.DeadLetterView);
            }
            else
            {
                call.Report.Table(
                    ["ID", "KIND", "OUTCOME", "AT", "DELIVERIES", "SENDER", "REASON", "BODY"],
                    letters.Select(l => (string?[])[
                        l.Id,
                        l.Kind,
                        l.Outcome,
                        Report.Time(l.At),
                        l.DeliveryCount.ToString(CultureInfo.InvariantCulture),
                        l.Sender,
                        l.Reason,
                        Report.Body(l)]),
                    "The shelf is empty.");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Resend(CommandFrame frame)
    {
        Argument<string> device = Device();
        var message = new Argument<string>("MESSAGE") { Description = "The message's id." };
        var ttl = new Option<double?>("--ttl")
        {
            HelpName = "DURATION",
            CustomParser = Durations.Parse,
            Description = $"How long the new message lives: {Durations.Rule}.",
        };
        var command = new Command("resend", "Puts a message off the shelf into the mailbox again, as a new one.") { device, message, ttl };
        frame.Handle(command, async (call, cancellation) =>
        {
            string path = $"{PathOf(call, device)}/{Uri.EscapeDataString(call.Parsed.GetRequiredValue(message))}/resend";
            HttpContent body = CommandCall.Json(new ResendWish { Ttl = call.Parsed.GetValue(ttl) }, RestanteJson.Plain.ResendWish);
            CommandReceipt receipt = await call.Client.RequestAsync(
                HttpMethod.Post, path, body, RestanteJson.Plain.CommandReceipt, cancellation);
            if (call.Report.IsJson)
                call.Report.Json(receipt, RestanteJson.Plain.CommandReceipt);
            else
                call.Report.Facts(("message", receipt.Id), ("device", receipt.Device), ("expires", Report.Time(receipt.ExpiresAt)));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Delete(CommandFrame frame)
    {
        Argument<string> device = Device();
        var message = new Argument<string?>("MESSAGE") { Arity = ArgumentArity.ZeroOrOne, Description = "The message's id." };
        var all = new Option<bool>("--all") { Description = "Empty the shelf." };
        var command = new Command("delete", "Takes a message off the shelf for good, or all of them.") { device, message, all };
        command.Validators.Add(result =>
        {
            if (result.GetResult(message) is { Tokens.Count: > 0 } == result.GetResult(all) is not null)
                result.AddError("Give the message, or --all, and not both.");
        });
        frame.Handle(command, async (call, cancellation) =>
        {
            if (call.Parsed.GetValue(message) is string id)
            {
                string path = $"{PathOf(call, device)}/{Uri.EscapeDataString(id)}";
                (await call.Client.SendAsync(HttpMethod.Delete, path, null, TimeSpan.Zero, cancellation)).Dispose();
                call.Report.Note($"Deleted {id}.");
                return ExitCode.Done;
            }

            DeletedView deleted = await call.Client.RequestAsync(
                HttpMethod.Delete, PathOf(call, device), null, RestanteJson.Plain.DeletedView, cancellation);
            if (call.Report.IsJson)
                call.Report.Json(deleted, RestanteJson.Plain.DeletedView);
            else
                call.Report.Note(string.Create(CultureInfo.InvariantCulture, $"{deleted.Deleted} messages deleted."));
            return ExitCode.Done;
        });
        return command;
    }
}
