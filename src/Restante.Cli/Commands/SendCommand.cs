using System.CommandLine;
using System.Globalization;
using System.Net;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante send</c>.</summary>
internal static class SendCommand
{
    private const double DefaultWaitSeconds = 30;
    private const double MaxWaitSeconds = 300;

    private sealed record Symbols(
        Argument<string> Device,
        MessageSymbols Message,
        Option<double?> Ttl,
        Option<string?> NotBefore,
        Option<string?> ReplaceKey,
        Option<bool> ShelveExpired,
        Option<double?> Wait,
        Option<bool> Report);

    public static Command Create(CommandFrame frame)
    {
        var symbols = new Symbols(
            new("DEVICE") { Description = "The device's id." },
            new MessageSymbols(),
            new("--ttl")
            {
                HelpName = "DURATION",
                CustomParser = Durations.Parse,
                Description = $"How long the command lives: {Durations.Rule}.",
            },
            Moments.Option("--not-before", "Do not hand it out earlier"),
            new("--replace-key")
            {
                HelpName = "KEY",
                Description = "Take the place of older commands with this key that the device does not have yet.",
            },
            new("--shelve-expired") { Description = "Keep it on the dead-letter shelf should it expire." },
            new("--wait")
            {
                HelpName = "DURATION",
                Arity = ArgumentArity.ZeroOrOne,
                CustomParser = Durations.Parse,
                Description = "Wait for the command's outcome, 30 seconds when no duration is given, 300 at the most.",
            },
            new("--report") { Description = "With --wait: wait for the final report of the device, or an end that no report follows." });
        symbols.Wait.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && Durations.TryParse(result.Tokens[0].Value, out double seconds) && seconds > MaxWaitSeconds)
                result.AddError("--wait is at most 300 seconds. Look later what became of the command: restante watch outcomes.");
        });
        var command = new Command("send", "Sends a command to a device.") { symbols.Device };
        symbols.Message.AddTo(command);
        foreach (Option option in new Option[]
        {
            symbols.Ttl, symbols.NotBefore, symbols.ReplaceKey, symbols.ShelveExpired, symbols.Wait, symbols.Report,
        })
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetResult(symbols.Report) is not null && result.GetResult(symbols.Wait) is null)
                result.AddError("--report needs --wait. Reports that come later are shown by: restante reports COMMAND --follow.");
        });
        frame.Handle(command, (call, cancellation) => SendAsync(call, symbols, cancellation));
        return command;
    }

    private static async Task<ExitCode> SendAsync(CommandCall call, Symbols symbols, CancellationToken cancellation)
    {
        var terms = new CommandCreation
        {
            Ttl = call.Parsed.GetValue(symbols.Ttl),
            NotBefore = Moments.Read(call, symbols.NotBefore),
            ReplaceKey = call.Parsed.GetValue(symbols.ReplaceKey),
            ShelveExpired = call.Parsed.GetValue(symbols.ShelveExpired) ? true : null,
        };
        CommandCreation wish = await symbols.Message.FillAsync(call, terms, cancellation);
        string path = CommandCall.DevicePath(call.Parsed.GetRequiredValue(symbols.Device)) + "/commands";
        double? wait = call.Parsed.GetResult(symbols.Wait) is null ? null : call.Parsed.GetValue(symbols.Wait) ?? DefaultWaitSeconds;
        bool untilReport = call.Parsed.GetValue(symbols.Report);
        if (wait is double seconds)
            path += string.Create(CultureInfo.InvariantCulture, $"?wait={seconds:0.###}") + (untilReport ? "&until=report" : "");
        HttpContent body = CommandCall.Json(wish, RestanteJson.Plain.CommandCreation);
        using HttpResponseMessage response = await call.Client.SendAsync(
            HttpMethod.Post, path, body, TimeSpan.FromSeconds(wait ?? 0), cancellation);
        if (response.StatusCode == HttpStatusCode.OK)
        {
            CommandView command = await call.Client.ReadAsync(response, RestanteJson.Plain.CommandView, cancellation);
            ShowCommand(call.Report, command, untilReport);
            return ExitOf(command, wait is not null, untilReport);
        }

        CommandReceipt receipt = await call.Client.ReadAsync(response, RestanteJson.Plain.CommandReceipt, cancellation);
        bool open = response.StatusCode == HttpStatusCode.Accepted;
        if (call.Report.IsJson)
        {
            call.Report.Json(receipt, RestanteJson.Plain.CommandReceipt);
        }
        else
        {
            call.Report.Facts(
                ("command", receipt.Id),
                ("device", receipt.Device),
                ("state", open ? "still open" : "waiting"),
                ("expires", Report.Time(receipt.ExpiresAt)),
                ("mailbox", Report.Messages(receipt.Depth)));
        }

        return open ? ExitCode.StillOpen : ExitCode.Done;
    }

    // What was waited for, or a command that was sent before under the same message-id.
    private static void ShowCommand(Report report, CommandView command, bool whole)
    {
        OutcomeView? outcome = command.Outcome;
        if (report.IsJson && outcome is not null && !whole)
        {
            report.Json(outcome, RestanteJson.Plain.OutcomeView);
        }
        else if (report.IsJson)
        {
            report.Json(command, RestanteJson.Plain.CommandView);
        }
        else
        {
            report.Facts(
                ("command", command.Id),
                ("device", command.Device),
                ("state", outcome is null ? command.State : null),
                ("outcome", outcome?.Outcome),
                ("reason", outcome?.Reason),
                ("at", outcome is null ? null : Report.Time(outcome.At)),
                ("report", command.Report is null ? null : Report.Body(command.Report)));
        }
    }

    private static ExitCode ExitOf(CommandView command, bool waited, bool untilReport)
    {
        if (command.Outcome is not (null or { Outcome: "accepted" }))
            return ExitCode.Refused;
        bool open = untilReport ? command.Report is null : command.Outcome is null;
        return waited && open ? ExitCode.StillOpen : ExitCode.Done;
    }
}
