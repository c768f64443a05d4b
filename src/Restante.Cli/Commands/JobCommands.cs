using System.CommandLine;
using System.Globalization;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante job</c>.</summary>
internal static class JobCommands
{
    private const string Root = "/v1/jobs";
    private const int MaxRate = 5_000;
    private const int MaxPercent = 99;

    public static Command Create(CommandFrame frame) => new(
        "job", "Sends a command to each device of an audience, and shows how far that has come.")
    {
        Start(frame),
        List(frame),
        Show(frame),
        Refusals(frame),
        Cancel(frame),
    };

    private static Argument<string> Job() => new("JOB") { Description = "The job's id." };

    private static Command Start(CommandFrame frame)
    {
        var message = new MessageSymbols();
        var audience = new Option<string>("--audience")
        {
            Required = true,
            HelpName = "QUERY",
            Description = "For the devices of this query, such as \"groups has 'buses'\"; 'true' for all.",
        };
        Option<string?> at = Moments.Option("--at", "Begin then");
        Option<int?> rate = Number("--rate", 1, MaxRate, "How many commands are sent in a second at the most; 100 when not given.");
        Option<int?> failed = Number("--abort-after", 0, int.MaxValue, "Abort when more than so many devices have failed.");
        Option<int?> percent = Number("--abort-percent", 0, MaxPercent, "Abort when more than this share of the ended ones has failed.");
        var ttl = new Option<double?>("--ttl")
        {
            HelpName = "DURATION",
            CustomParser = Durations.Parse,
            Description = $"How long each command lives: {Durations.Rule}.",
        };
        var replaceKey = new Option<string?>("--replace-key") { HelpName = "KEY", Description = "The replace-key of each command." };
        var shelveExpired = new Option<bool>("--shelve-expired") { Description = "Keep commands that expire on the dead-letter shelves." };
        var command = new Command("start", "Starts a job.");
        message.AddTo(command, withMessageId: false);
        foreach (Option option in new Option[] { audience, at, rate, failed, percent, ttl, replaceKey, shelveExpired })
            command.Add(option);
        frame.Handle(command, async (call, cancellation) =>
        {
            var terms = new JobCreation
            {
                Audience = call.Parsed.GetValue(audience),
                StartAt = Moments.Read(call, at),
                RatePerSecond = call.Parsed.GetValue(rate),
                AbortAfterFailed = call.Parsed.GetValue(failed),
                AbortAfterFailedPercent = call.Parsed.GetValue(percent),
                Ttl = call.Parsed.GetValue(ttl),
                ReplaceKey = call.Parsed.GetValue(replaceKey),
                ShelveExpired = call.Parsed.GetValue(shelveExpired) ? true : null,
            };
            HttpContent body = CommandCall.Json(await message.FillAsync(call, terms, cancellation), RestanteJson.Plain.JobCreation);
            Tell(call.Report, await call.Client.RequestAsync(HttpMethod.Post, Root, body, RestanteJson.Plain.JobView, cancellation));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command List(CommandFrame frame)
    {
        var command = new Command("list", "Lists the jobs, the newest first.");
        frame.Handle(command, static (call, cancellation) => call.ShowListAsync(
            call.ListAsync(Root, RestanteJson.Plain.JobPage, static p => p.Items, static p => p.Next, "before", cancellation),
            RestanteJson.Plain.JobView,
            ["ID", "STATE", "EXPECTED", "SENT", "REFUSED", "ACCEPTED", "OPEN", "CREATED", "AUDIENCE"],
            static j =>
            [
                j.Id,
                j.State,
                Report.Number(j.Expected),
                Report.Number(j.Progress.Sent),
                Report.Number(j.Progress.Refused),
                Report.Number(j.Progress.Accepted),
                Report.Number(j.Progress.Open),
                Report.Time(j.CreatedAt),
                j.Audience,
            ],
            "There are no jobs. Start one with 'restante job start BODY --audience QUERY'."));
        return command;
    }

    private static Command Show(CommandFrame frame)
    {
        Argument<string> id = Job();
        var command = new Command("show", "Shows how a job stands.") { id };
        frame.Handle(command, (call, cancellation) => call.ShowAsync(
            HttpMethod.Get, call.PathOf(Root, id), RestanteJson.Plain.JobView, Tell, cancellation));
        return command;
    }

    private static Command Refusals(CommandFrame frame)
    {
        Argument<string> id = Job();
        var command = new Command("refusals", "Lists the devices that the job's command was refused for.") { id };
        frame.Handle(command, (call, cancellation) => call.ShowListAsync(
            call.ListAsync(
                call.PathOf(Root, id) + "/refusals",
                RestanteJson.Plain.JobRefusalPage,
                static p => p.Items,
                static p => p.Next,
                "after",
                cancellation),
            RestanteJson.Plain.JobRefusalView,
            ["DEVICE", "REASON"],
            static r => [r.Device, r.Reason],
            "It was refused for no device."));
        return command;
    }

    private static Command Cancel(CommandFrame frame)
    {
        Argument<string> id = Job();
        var command = new Command("cancel", "Cancels a job: nothing more is sent, and what no device has in hand is taken back.") { id };
        frame.Handle(command, (call, cancellation) => call.ShowAsync(
            HttpMethod.Delete, call.PathOf(Root, id), RestanteJson.Plain.JobView, Tell, cancellation));
        return command;
    }

    private static void Tell(Report report, JobView job)
    {
        JobProgress done = job.Progress;
        report.Facts(
            job,
            RestanteJson.Plain.JobView,
            ("job", job.Id),
            ("audience", job.Audience),
            ("state", job.State),
            ("reason", job.Reason),
            ("created", $"{Report.Time(job.CreatedAt)} by {job.Creator}"),
            ("begins", Report.Time(job.StartAt)),
            ("ended", Report.Time(job.EndedAt)),
            ("rate", $"{Report.Number(job.RatePerSecond)} a second"),
            ("devices", $"{Report.Number(job.Expected)} expected, {Report.Number(done.Sent)} sent, {Report.Number(done.Refused)} refused, "
                + $"{Report.Number(done.Open)} open"),
            ("outcomes", $"{Report.Number(done.Accepted)} accepted, {Report.Number(done.Rejected)} rejected, "
                + $"{Report.Number(done.Expired)} expired, {Report.Number(done.Undeliverable)} undeliverable, "
                + $"{Report.Number(done.Cancelled)} cancelled, {Report.Number(done.DeviceRemoved)} device-removed"),
            ("final", job.IsClosed ? "yes" : "no"));
    }

    private static Option<int?> Number(string name, int min, int max, string description)
    {
        var option = new Option<int?>(name) { HelpName = "N", Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1
                && !(int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int n)
                    && n >= min
                    && n <= max))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} takes {min} to {max}."));
            }
        });
        return option;
    }
}
