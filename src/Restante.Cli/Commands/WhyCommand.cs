using System.CommandLine;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante why</c>.</summary>
internal static class WhyCommand
{
    public static Command Create(CommandFrame frame)
    {
        var message = new Argument<string>("MESSAGE") { Description = "The message's id, as it was given when it was sent." };
        var device = new Option<string?>("--device")
        {
            HelpName = "ID",
            Description = "The device that is asked about, of a notification.",
        };
        var command = new Command("why", "Says what happened to a message, and why it is where it is.") { message, device };
        frame.Handle(command, async (call, cancellation) =>
        {
            string path = "/v1/messages/" + Uri.EscapeDataString(call.Parsed.GetRequiredValue(message));
            if (call.Parsed.GetValue(device) is string id)
                path += "?device=" + Uri.EscapeDataString(id);
            ExplanationView explained = await call.Client.GetAsync(path, RestanteJson.Plain.ExplanationView, cancellation);
            if (call.Report.IsJson)
                call.Report.Json(explained, RestanteJson.Plain.ExplanationView);
            else
                Tell(call.Report, explained);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Tell(Report report, ExplanationView explained)
    {
        report.Note(explained.Sentence);
        report.Note(string.Empty);
        foreach (FactView fact in explained.Facts)
            report.Line(Report.Time(fact.At), fact.Text);
        if (!explained.IsComplete)
            report.Note("Older facts are left out, or no longer kept.");
    }
}
