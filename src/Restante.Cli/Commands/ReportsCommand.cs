using System.CommandLine;
using System.Globalization;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante reports</c>.</summary>
internal static class ReportsCommand
{
    private const int PageSize = 200;

    public static Command Create(CommandFrame frame)
    {
        var id = new Argument<string>("COMMAND") { Description = "The command's id, as it was given when it was sent." };
        var follow = new Option<bool>("--follow", "-f")
        {
            Description = "Show them as they come, until the final one or until it is interrupted.",
        };
        var command = new Command("reports", "Shows what a device reported on a command.") { id, follow };
        frame.Handle(command, (call, cancellation) =>
        {
            string path = $"/v1/commands/{Uri.EscapeDataString(call.Parsed.GetRequiredValue(id))}/reports";
            return call.Parsed.GetValue(follow) ? FollowAsync(call, path, cancellation) : ListAsync(call, path, cancellation);
        });
        return command;
    }

    private static async Task<ExitCode> ListAsync(CommandCall call, string path, CancellationToken cancellation)
    {
        // A page may be short because its reports are large; only an empty one says that there are no more.
        var reports = new List<ReportView>();
        ReportPage page;
        long from = 1;
        do
        {
            string query = string.Create(CultureInfo.InvariantCulture, $"{path}?max={PageSize}&from={from}");
            page = await call.Client.GetAsync(query, RestanteJson.Plain.ReportPage, cancellation);
            reports.AddRange(page.Items);
            from = page.Next;
        }
        while (page.Items.Count > 0 && !page.Items[^1].IsFinal);

        if (call.Report.IsJson)
        {
            call.Report.JsonList(reports, RestanteJson.Plain.ReportView);
        }
        else
        {
            call.Report.Table(
                ["NUMBER", "AT", "FINAL", "BODY"],
                reports.Select(r => (string?[])[
                    r.Number.ToString(CultureInfo.InvariantCulture), Report.Time(r.At), r.IsFinal ? "yes" : "no", Report.Body(r)]),
                "The device has not reported on it yet.");
        }

        return ExitCode.Done;
    }

    private static Task<ExitCode> FollowAsync(CommandCall call, string path, CancellationToken cancellation)
    {
        var watch = new Watch(call, path, "from", "report", null, data => Show(call.Report, data))
        {
            PlaceAfter = static id =>
                int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < int.MaxValue
                    ? (number + 1).ToString(CultureInfo.InvariantCulture)
                    : id,
        };
        return watch.RunAsync(("from", "1"), cancellation);
    }

    private static void Show(Report report, string data)
    {
        if (Watch.Parse(data, RestanteJson.Plain.ReportView) is not ReportView view)
            return;
        if (report.IsJson)
            report.Json(view, RestanteJson.Plain.ReportView);
        else
            report.Line(
                Report.Time(view.At), view.Number.ToString(CultureInfo.InvariantCulture), view.IsFinal ? "final" : "-", Report.Body(view));
    }
}
