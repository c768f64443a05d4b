using System.CommandLine;
using System.Globalization;
using System.Text;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante audit</c>.</summary>
internal static class AuditCommands
{
    private const string Root = "/v1/audit";
    private const int DefaultCount = 50;
    private const int MaxCount = 1_000;
    private const int MaxLineBytes = 64 * 1024;

    public static Command Create(CommandFrame frame) =>
        new("audit", "Shows who did what and who was refused what; exports and verifies the log.")
    {
        List(frame),
        Watch(frame),
        Export(frame),
        Verify(frame),
        Anchor(frame),
    };

    private static Command List(CommandFrame frame)
    {
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
        var command = new Command("list", "Shows the newest entries, the oldest of them first.") { count };
        frame.Handle(command, async (call, cancellation) =>
        {
            AuditAnchorView newest = await call.Client.GetAsync(Root + "/anchor", RestanteJson.Plain.AuditAnchorView, cancellation);
            long after = Math.Max(newest.Number - call.Parsed.GetValue(count), 0);
            string path = string.Create(CultureInfo.InvariantCulture, $"{Root}?after={after}&max={MaxCount}");
            AuditPage page = await call.Client.GetAsync(path, RestanteJson.Plain.AuditPage, cancellation);
            if (call.Report.IsJson)
            {
                call.Report.JsonList(page.Items, RestanteJson.Plain.AuditEntryView);
            }
            else
            {
                call.Report.Table(
                    ["NUMBER", "TIME", "ACT", "RESULT", "BY", "FROM", "TARGET", "DETAIL"],
                    page.Items.Select(static e => Row(e)),
                    "Nothing has been noted yet.");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Watch(CommandFrame frame)
    {
        var from = new Option<string>("--from")
        {
            HelpName = "PLACE",
            Description = "Where to begin: latest, earliest, or the number of the entry to go on after.",
            DefaultValueFactory = static _ => "latest",
        };
        var count = new Option<int?>("--count", "-n") { HelpName = "N", Description = "End after this many entries." };
        var command = new Command("watch", "Shows entries as they come, until it is interrupted.") { from, count };
        frame.Handle(command, async (call, cancellation) =>
        {
            string start = call.Parsed.GetRequiredValue(from);
            string after = start switch
            {
                "earliest" => "0",
                "latest" => (await call.Client.GetAsync(Root + "/anchor", RestanteJson.Plain.AuditAnchorView, cancellation))
                    .Number.ToString(CultureInfo.InvariantCulture),
                _ => start,
            };
            var watch = new Watch(call, Root, "after", "audit", call.Parsed.GetValue(count), data => Show(call.Report, data));
            return await watch.RunAsync(("after", after), cancellation);
        });
        return command;
    }

    private static Command Export(CommandFrame frame)
    {
        var after = new Option<long>("--after") { HelpName = "NUMBER", Description = "Only entries after this one." };
        var command = new Command(
            "export", "Writes the log to the standard output, one JSON object a line, exactly as it is kept.") { after };
        frame.Handle(command, async (call, cancellation) =>
        {
            await foreach (byte[] line in ReadAsync(call, call.Parsed.GetValue(after), cancellation))
                await call.Surroundings.Out.WriteLineAsync(Encoding.UTF8.GetString(line));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Verify(CommandFrame frame)
    {
        var file = new Argument<FileInfo?>("FILE")
        {
            Description = "An export to check; the gateway's own log when not given.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var anchor = new Option<string[]>("--anchor")
        {
            HelpName = "ANCHOR",
            Description = "What 'audit anchor' showed earlier. May be given several times.",
        };
        var command = new Command("verify", "Checks that no entry was changed or taken out. Exits with 1 when one was.") { file, anchor };
        frame.Handle(command, async (call, cancellation) =>
        {
            AuditChain chain = Begin(call.Parsed.GetValue(anchor) ?? []);
            IAsyncEnumerable<byte[]> lines = call.Parsed.GetValue(file) is FileInfo export
                ? ReadAsync(export)
                : ReadAsync(call, 0, cancellation);
            await foreach (byte[] line in lines)
                chain.Add(line);
            chain.End();
            foreach (string fault in chain.Faults)
                await call.Surroundings.Error.WriteLineAsync(fault);
            if (chain.Faults.Count > 0)
                return ExitCode.Refused;
            call.Report.Line(chain.Anchor is null
                ? "The log is empty."
                : string.Create(CultureInfo.InvariantCulture, $"Entries {chain.First} to {chain.Last} are as they were written."));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Anchor(CommandFrame frame)
    {
        var command = new Command("anchor", "Shows where the log stands: keep it on another machine, for 'audit verify --anchor'.");
        frame.Handle(command, async (call, cancellation) =>
        {
            AuditAnchorView anchor = await call.Client.GetAsync(Root + "/anchor", RestanteJson.Plain.AuditAnchorView, cancellation);
            if (call.Report.IsJson)
                call.Report.Json(anchor, RestanteJson.Plain.AuditAnchorView);
            else
                call.Report.Line(string.Create(CultureInfo.InvariantCulture, $"{anchor.Number}:{anchor.Hash}"));
            return ExitCode.Done;
        });
        return command;
    }

    private static AuditChain Begin(string[] anchors)
    {
        try
        {
            return new AuditChain(anchors);
        }
        catch (FormatException e)
        {
            throw new CliFailureException(ExitCode.Usage, e.Message);
        }
    }

    private static async IAsyncEnumerable<byte[]> ReadAsync(
        CommandCall call, long after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"{Root}/export?after={after}");
        using HttpResponseMessage response = await call.Client.SendAsync(HttpMethod.Get, path, null, TimeSpan.Zero, cancellation);
        using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
        await foreach (byte[] line in LinesAsync(body))
            yield return line;
    }

    private static async IAsyncEnumerable<byte[]> ReadAsync(FileInfo file)
    {
        Stream body;
        try
        {
            body = file.OpenRead();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailureException(ExitCode.Usage, $"{file} cannot be read: {e.Message}");
        }

        await using (body)
        {
            await foreach (byte[] line in LinesAsync(body))
                yield return line;
        }
    }

    // To the byte: what a reader of text would put right must not be put right here.
    private static async IAsyncEnumerable<byte[]> LinesAsync(Stream body)
    {
        byte[] buffer = new byte[64 * 1024];
        var line = new List<byte>();
        while (await FillAsync(body, buffer) is int read and > 0)
        {
            int from = 0;
            for (int end; (end = Array.IndexOf(buffer, (byte)'\n', from, read - from)) >= 0; from = end + 1)
            {
                line.AddRange(buffer.AsSpan(from, end - from));
                yield return [.. line];
                line.Clear();
            }

            line.AddRange(buffer.AsSpan(from, read - from));
            if (line.Count > MaxLineBytes)
                throw new CliFailureException(ExitCode.Refused, "A line is too long to be an entry.");
        }

        if (line.Count > 0)
            yield return [.. line];
    }

    private static async Task<int> FillAsync(Stream body, byte[] buffer)
    {
        try
        {
            return await body.ReadAsync(buffer);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new CliFailureException(ExitCode.Unreachable, "The export broke off; what came of it is not the whole log.");
        }
    }

    private static void Show(Report report, string data)
    {
        if (Commands.Watch.Parse(data, RestanteJson.Plain.AuditEntryView) is not AuditEntryView entry)
            return;
        if (report.IsJson)
            report.Json(entry, RestanteJson.Plain.AuditEntryView);
        else
            report.Line([.. Row(entry).Select(static cell => cell ?? "-")]);
    }

    private static string?[] Row(AuditEntryView entry)
    {
        string? often = entry.Count is int count ? string.Create(CultureInfo.InvariantCulture, $" ({count} times)") : null;
        return
        [
            entry.Number.ToString(CultureInfo.InvariantCulture),
            Report.Time(entry.Time),
            entry.Act,
            entry.Result + often,
            entry.Name is null ? entry.By : $"{entry.By} {entry.Name}",
            entry.Protocol is null ? "-" : $"{entry.Protocol} {entry.Peer}",
            entry.Target ?? "-",
            entry.Detail,
        ];
    }
}
