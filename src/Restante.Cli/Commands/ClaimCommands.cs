using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary>What enrolment groups hand out, and what they have enrolled: parts of <c>restante enrolment</c>.</summary>
internal static class ClaimCommands
{
    private const string Ledgers = "/v1/enrolled";

    public static Command DeriveKey(CommandFrame frame)
    {
        Argument<string> name = EnrolmentCommands.Name(), device = new("DEVICE") { Description = "The device's id." };
        var slot = new Option<string>("--slot")
        {
            Description = "From which key of the group.",
            DefaultValueFactory = static _ => "primary",
        };
        slot.AcceptOnlyFromAmong("primary", "secondary");
        var command = new Command(
            "derive-key", "Shows the key that a device enrols with, derived from the group's.") { name, device, slot };
        frame.Handle(command, async (call, cancellation) =>
        {
            EnrolmentKeysView keys = await call.Client.GetAsync(
                EnrolmentCommands.PathOf(call.Parsed.GetRequiredValue(name)) + "/keys", RestanteJson.Plain.EnrolmentKeysView, cancellation);
            byte[] key = Convert.FromBase64String(
                (call.Parsed.GetValue(slot) == "primary" ? keys.Keys.Primary : keys.Keys.Secondary) ?? "");
            call.Report.Line(
                Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(call.Parsed.GetRequiredValue(device)))));
            return ExitCode.Done;
        });
        return command;
    }

    public static Command Claims(CommandFrame frame) => new("claims", "Makes, lists and takes back one-time claims.")
    {
        Add(frame),
        List(frame),
        Remove(frame),
    };

    public static Command Ledger(CommandFrame frame)
    {
        var group = new Option<string?>("--of") { HelpName = "NAME", Description = "Only what this enrolment group has enrolled." };
        var command = new Command(
            "ledger", "Lists the ids that were enrolled; they are not enrolled again until they are released.") { group };
        frame.Handle(command, (call, cancellation) => call.ShowListAsync(
            call.ListAsync(
                Ledgers + (call.Parsed.GetValue(group) is string name ? "?group=" + Uri.EscapeDataString(name) : ""),
                RestanteJson.Plain.EnrolledPage,
                static p => p.Items,
                static p => p.Next,
                "after",
                cancellation),
            RestanteJson.Plain.EnrolledView,
            ["DEVICE", "GROUP", "BY", "ENROLLED"],
            static e => [e.Id, e.Group, e.Kind, Report.Time(e.At)],
            "No device was enrolled."));
        return command;
    }

    public static Command Release(CommandFrame frame)
    {
        var device = new Argument<string>("DEVICE") { Description = "The id of a device that was removed." };
        var command = new Command("release", "Lets a removed device enrol again, as a new one.") { device };
        frame.Handle(command, async (call, cancellation) =>
        {
            (await call.Client.SendAsync(HttpMethod.Delete, call.PathOf(Ledgers, device), null, TimeSpan.Zero, cancellation)).Dispose();
            call.Report.Note($"Released {call.Parsed.GetRequiredValue(device)}.");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Add(CommandFrame frame)
    {
        Argument<string> name = EnrolmentCommands.Name();
        var count = new Option<int?>("--count") { HelpName = "COUNT", Description = "How many; 1 when not given." };
        var device = new Option<string?>("--device") { HelpName = "DEVICE", Description = "The only device that may use it." };
        Option<string?> expires = Moments.Option("--expires", "When they end");
        var command = new Command("add", "Makes claims and shows their tokens, one a line.") { name, count, device, expires };
        frame.Handle(command, async (call, cancellation) =>
        {
            var wish = new ClaimCreation
            {
                Count = call.Parsed.GetValue(count),
                Device = call.Parsed.GetValue(device),
                ExpiresAt = Moments.Read(call, expires),
            };
            HttpContent body = CommandCall.Json(wish, RestanteJson.Plain.ClaimCreation);
            ClaimPage made = await call.Client.RequestAsync(
                HttpMethod.Post, PathOf(call.Parsed.GetRequiredValue(name)), body, RestanteJson.Plain.ClaimPage, cancellation);
            if (call.Report.IsJson)
            {
                call.Report.JsonList(made.Items, RestanteJson.Plain.ClaimView);
                return ExitCode.Done;
            }

            foreach (ClaimView claim in made.Items)
                call.Report.Line(claim.Token ?? "");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command List(CommandFrame frame)
    {
        Argument<string> name = EnrolmentCommands.Name();
        var command = new Command("list", "Lists the claims of a group that wait to be used.") { name };
        frame.Handle(command, (call, cancellation) => call.ShowListAsync(
            call.ListAsync(
                PathOf(call.Parsed.GetRequiredValue(name)),
                RestanteJson.Plain.ClaimPage,
                static p => p.Items,
                static p => p.Next,
                "after",
                cancellation),
            RestanteJson.Plain.ClaimView,
            ["CLAIM", "DEVICE", "MADE", "EXPIRES"],
            static c =>
                [c.Number.ToString(CultureInfo.InvariantCulture), c.Device ?? "any", Report.Time(c.CreatedAt), Report.Time(c.ExpiresAt)],
            "No claims wait to be used."));
        return command;
    }

    private static Command Remove(CommandFrame frame)
    {
        Argument<string> name = EnrolmentCommands.Name();
        var claim = new Argument<string>("CLAIM") { Description = "The claim's number." };
        var command = new Command("remove", "Takes a claim back that was not used.") { name, claim };
        frame.Handle(command, async (call, cancellation) =>
        {
            string path = call.PathOf(PathOf(call.Parsed.GetRequiredValue(name)), claim);
            (await call.Client.SendAsync(HttpMethod.Delete, path, null, TimeSpan.Zero, cancellation)).Dispose();
            call.Report.Note($"Removed claim {call.Parsed.GetRequiredValue(claim)}.");
            return ExitCode.Done;
        });
        return command;
    }

    private static string PathOf(string group) => EnrolmentCommands.PathOf(group) + "/claims";
}
