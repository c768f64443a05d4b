using System.CommandLine;
using System.Globalization;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante watch</c>.</summary>
internal static class WatchCommand
{
    public static Command Create(CommandFrame frame) => new(
        "watch", "Shows telemetry, outcomes or events as they come, until it is interrupted.")
    {
        Telemetry(frame),
        Outcomes(frame),
        Events(frame),
    };

    private static Option<int?> Count()
    {
        var count = new Option<int?>("--count", "-n") { HelpName = "N", Description = "End after this many records." };
        count.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1
                && (!int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int n) || n < 1))
            {
                result.AddError("--count must be a number above 0.");
            }
        });
        return count;
    }

    private static Option<string> From(string description) =>
        new("--from") { HelpName = "PLACE", Description = description, DefaultValueFactory = static _ => "latest" };

    private static Command Telemetry(CommandFrame frame)
    {
        Option<string> from = From("Where to begin: latest, earliest, time:RFC3339, or with --partition also sequence:N or offset:N.");
        var partition = new Option<int?>("--partition") { HelpName = "N", Description = "Only this partition." };
        Option<int?> count = Count();
        var command = new Command("telemetry", "Shows what devices send.") { from, partition, count };
        frame.Handle(command, async (call, cancellation) =>
        {
            string path = "/v1/telemetry";
            if (call.Parsed.GetValue(partition) is int one)
                path += string.Create(CultureInfo.InvariantCulture, $"?partition={one}");
            var watch = new Watch(call, path, "cursor", "telemetry", call.Parsed.GetValue(count), data => ShowRecord(call.Report, data));
            return await watch.RunAsync(await BeginStreamAsync(call, path, call.Parsed.GetRequiredValue(from), cancellation), cancellation);
        });
        return command;
    }

    private static Command Events(CommandFrame frame)
    {
        Option<string> from = From("Where to begin: latest, earliest, sequence:N or time:RFC3339.");
        Option<int?> count = Count();
        var command = new Command("events", "Shows what happens to devices and their connections.") { from, count };
        frame.Handle(command, async (call, cancellation) =>
        {
            const string Path = "/v1/events";
            var watch = new Watch(call, Path, "cursor", "event", call.Parsed.GetValue(count), data => ShowRecord(call.Report, data));
            return await watch.RunAsync(await BeginStreamAsync(call, Path, call.Parsed.GetRequiredValue(from), cancellation), cancellation);
        });
        return command;
    }

    private static Command Outcomes(CommandFrame frame)
    {
        Option<string> from = From("Where to begin: latest, earliest, or the number of the outcome to go on after.");
        Option<int?> count = Count();
        var command = new Command("outcomes", "Shows how commands end.") { from, count };
        frame.Handle(command, async (call, cancellation) =>
        {
            const string Path = "/v1/outcomes";
            string start = call.Parsed.GetRequiredValue(from);
            string after = start switch
            {
                "earliest" => "0",
                "latest" => (await call.Client.GetAsync(Path + "?after=latest", RestanteJson.Plain.OutcomePage, cancellation))
                    .Next.ToString(CultureInfo.InvariantCulture),
                _ => start,
            };
            var watch = new Watch(call, Path, "after", "outcome", call.Parsed.GetValue(count), data => ShowOutcome(call.Report, data));
            return await watch.RunAsync(("after", after), cancellation);
        });
        return command;
    }

    // The newest place is fixed before the first record comes, so that nothing is missed should the connection break before.
    private static async Task<(string Name, string Value)> BeginStreamAsync(
        CommandCall call, string path, string from, CancellationToken cancellation)
    {
        if (from != "latest")
            return ("from", from);
        string separator = path.Contains('?', StringComparison.Ordinal) ? "&" : "?";
        StreamPage page = await call.Client.GetAsync($"{path}{separator}from=latest", RestanteJson.Plain.StreamPage, cancellation);
        return ("cursor", page.Next!);
    }

    private static void ShowRecord(Report report, string data)
    {
        if (Watch.Parse(data, RestanteJson.Plain.StreamRecordView) is not StreamRecordView record)
            return;
        if (report.IsJson)
            report.Json(record, RestanteJson.Plain.StreamRecordView);
        else
            report.Line(Report.Time(record.EnqueuedAt), record.Device, record.Channel ?? "-", Report.Body(record));
    }

    private static void ShowOutcome(Report report, string data)
    {
        if (Watch.Parse(data, RestanteJson.Plain.OutcomeView) is not OutcomeView outcome)
            return;
        if (report.IsJson)
            report.Json(outcome, RestanteJson.Plain.OutcomeView);
        else
            report.Line(Report.Time(outcome.At), outcome.Device, outcome.Id, outcome.Outcome, outcome.Reason ?? string.Empty);
    }
}
