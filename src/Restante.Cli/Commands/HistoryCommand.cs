using System.CommandLine;
using System.Globalization;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante history</c>.</summary>
internal static class HistoryCommand
{
    private const int DefaultCount = 50;
    private const int MaxCount = 1_000;

    public static Command Create(CommandFrame frame)
    {
        var device = new Argument<string>("DEVICE") { Description = "The device's id. A removed device keeps its history for a while." };
        var count = new Option<int>("--count", "-n")
        {
            HelpName = "NUMBER",
            Description = "How many entries, the newest ones; 1 to 1000.",
            DefaultValueFactory = static _ => DefaultCount,
        };
        count.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxCount)
                result.AddError($"--count takes 1 to {MaxCount}.");
        });
        var command = new Command("history", "Shows what happened to a device: connections, refusals, hand-outs.") { device, count };
        frame.Handle(command, async (call, cancellation) =>
        {
            string path = CommandCall.DevicePath(call.Parsed.GetRequiredValue(device))
                + string.Create(CultureInfo.InvariantCulture, $"/history?max={call.Parsed.GetValue(count)}");
            HistoryPage page = await call.Client.GetAsync(path, RestanteJson.Plain.HistoryPage, cancellation);
            if (call.Report.IsJson)
                call.Report.JsonList(page.Items, RestanteJson.Plain.HistoryEntryView);
            else
                Tell(call.Report, page);
            return ExitCode.Done;
        });
        return command;
    }

    // Oldest first, as a log is read: what happened last is where the eye is.
    private static void Tell(Report report, HistoryPage page)
    {
        if (page.Items.Count == 0)
            report.Note("Nothing is known of this device yet.");
        foreach (HistoryEntryView entry in page.Items.Reverse())
            report.Line(Report.Time(entry.At), entry.Text);
        if (page.Next is not null)
            report.Note("There are older entries; ask for more with --count.");
    }
}
