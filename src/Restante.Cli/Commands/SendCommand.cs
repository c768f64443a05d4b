using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Unicode;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante send</c>.</summary>
internal static class SendCommand
{
    private const double DefaultWaitSeconds = 30;
    private const double MaxWaitSeconds = 300;
    private const long MaxFileBytes = 32 * 1024 * 1024;

    private sealed record Symbols(
        Argument<string> Device,
        Argument<string?> Body,
        Option<string?> File,
        Option<double?> Ttl,
        Option<double?> Wait,
        Option<string?> MessageId,
        Option<string?> ContentType,
        Option<string?> Subject,
        Option<string[]> Properties);

    public static Command Create(CommandFrame frame)
    {
        var symbols = new Symbols(
            new("DEVICE") { Description = "The device's id." },
            new("BODY") { Arity = ArgumentArity.ZeroOrOne, Description = "The body as text; - for standard input." },
            new("--file") { HelpName = "FILE", Description = "Send the bytes of this file as the body." },
            new("--ttl") { HelpName = "DURATION", CustomParser = Durations.Parse, Description = $"How long the command lives: {Durations.Rule}." },
            new("--wait")
            {
                HelpName = "DURATION",
                Arity = ArgumentArity.ZeroOrOne,
                CustomParser = Durations.Parse,
                Description = "Wait for the command's outcome, 30 seconds when no duration is given, 300 at the most.",
            },
            new("--message-id") { HelpName = "ID", Description = "Your own id of the message." },
            new("--content-type") { HelpName = "TYPE", Description = "The media type of the body." },
            new("--subject") { HelpName = "TEXT", Description = "What the command is, such as its name." },
            new("--property", "-p") { HelpName = "NAME=VALUE", Description = "A property for the device; may be repeated." });
        symbols.Properties.Validators.Add(static result =>
        {
            foreach (string text in result.Tokens.Select(t => t.Value).Where(t => t.IndexOf('=', StringComparison.Ordinal) < 1))
                result.AddError($"'{text}' is no property: NAME=VALUE is expected.");
        });
        symbols.Wait.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && Durations.TryParse(result.Tokens[0].Value, out double seconds) && seconds > MaxWaitSeconds)
                result.AddError("--wait is at most 300 seconds. Look later what became of the command: restante watch outcomes.");
        });
        var command = new Command("send", "Sends a command to a device.")
        {
            symbols.Device, symbols.Body, symbols.File, symbols.Ttl, symbols.Wait,
            symbols.MessageId, symbols.ContentType, symbols.Subject, symbols.Properties,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(symbols.Body) is { Tokens.Count: > 0 } == result.GetResult(symbols.File) is not null)
                result.AddError("Give the body, or --file, and not both.");
        });
        frame.Handle(command, (call, cancellation) => SendAsync(call, symbols, cancellation));
        return command;
    }

    private static async Task<ExitCode> SendAsync(CommandCall call, Symbols symbols, CancellationToken cancellation)
    {
        CommandCreation wish = await ReadAsync(call, symbols, cancellation);
        string path = CommandCall.DevicePath(call.Parsed.GetRequiredValue(symbols.Device)) + "/commands";
        double? wait = call.Parsed.GetResult(symbols.Wait) is null ? null : call.Parsed.GetValue(symbols.Wait) ?? DefaultWaitSeconds;
        if (wait is double seconds)
            path += string.Create(CultureInfo.InvariantCulture, $"?wait={seconds:0.###}");
        HttpContent body = CommandCall.Json(wish, RestanteJson.Plain.CommandCreation);
        using HttpResponseMessage response = await call.Client.SendAsync(
            HttpMethod.Post, path, body, TimeSpan.FromSeconds(wait ?? 0), cancellation);
        if (response.StatusCode == HttpStatusCode.OK)
            return ShowCommand(call.Report, await call.Client.ReadAsync(response, RestanteJson.Plain.CommandView, cancellation));
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
                ("mailbox", string.Create(CultureInfo.InvariantCulture, $"{receipt.Depth} messages")));
        }

        return open ? ExitCode.StillOpen : ExitCode.Done;
    }

    // One that has ended, or that was sent before under the same message-id.
    private static ExitCode ShowCommand(Report report, CommandView command)
    {
        OutcomeView? outcome = command.Outcome;
        if (report.IsJson && outcome is not null)
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
                ("at", outcome is null ? null : Report.Time(outcome.At)));
        }

        return outcome is null or { Outcome: "accepted" } ? ExitCode.Done : ExitCode.Refused;
    }

    private static async Task<CommandCreation> ReadAsync(CommandCall call, Symbols symbols, CancellationToken cancellation)
    {
        var wish = new CommandCreation
        {
            ContentType = call.Parsed.GetValue(symbols.ContentType),
            MessageId = call.Parsed.GetValue(symbols.MessageId),
            Subject = call.Parsed.GetValue(symbols.Subject),
            Ttl = call.Parsed.GetValue(symbols.Ttl),
            Properties = Properties(call.Parsed.GetValue(symbols.Properties) ?? []),
        };
        if (call.Parsed.GetValue(symbols.File) is string file)
        {
            byte[] bytes = await ReadFileAsync(Path.Combine(call.Surroundings.WorkingDirectory, file), cancellation);
            return Utf8.IsValid(bytes)
                ? wish with { Body = Text(System.Text.Encoding.UTF8.GetString(bytes)) }
                : wish with { BodyBase64 = Convert.ToBase64String(bytes) };
        }

        string body = call.Parsed.GetRequiredValue(symbols.Body)!;
        return wish with { Body = Text(body == "-" ? await call.Surroundings.In.ReadToEndAsync(cancellation) : body) };
    }

    private static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text, RestanteJson.Plain.String);

    private static async Task<byte[]> ReadFileAsync(string path, CancellationToken cancellation)
    {
        try
        {
            if (new FileInfo(path).Length > MaxFileBytes)
                throw new CliFailureException(ExitCode.Usage, $"{path} is larger than any message may be.");
            return await File.ReadAllBytesAsync(path, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailureException(ExitCode.Usage, $"{path} cannot be read.");
        }
    }

    private static Dictionary<string, string>? Properties(string[] texts)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            map[text[..equals]] = text[(equals + 1)..];
        }

        return map.Count == 0 ? null : map;
    }
}
