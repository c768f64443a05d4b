using System.CommandLine;
using Restante.Cli.Bulk;

namespace Restante.Cli.Commands;

/// <summary><c>restante device import</c> and <c>export</c>.</summary>
internal static class DeviceBulkCommands
{
    private const double DefaultPatienceSeconds = 60;
    private const string Lines = "A JSON object a line, as an export writes them; '-' reads standard input.";

    public static Command Import(CommandFrame frame)
    {
        var file = new Argument<string>("FILE") { Description = Lines };
        var update = new Option<bool>("--update") { Description = "Change devices that are there and differ to what their line says." };
        var resume = new Option<bool>("--resume") { Description = "Go on where an import of this file broke off." };
        var failed = new Option<string?>("--failed")
        {
            HelpName = "FILE",
            Description = "Where lines go that are refused; FILE.failed when not given, nowhere for standard input.",
        };
        Option<double?> patience = Patience();
        var command = new Command("import", "Creates or changes many devices.") { file, update, resume, failed, patience };
        command.Validators.Add(result =>
        {
            if (result.GetValue(file) == "-" && result.GetResult(resume) is not null)
                result.AddError("Standard input cannot be gone back to: send it again, what is there already is left as it is.");
        });
        frame.Handle(command, async (call, cancellation) =>
        {
            string name = call.Parsed.GetRequiredValue(file);
            string? path = name == "-" ? null : PathOf(call, name);
            string? failedFile = call.Parsed.GetValue(failed);
            using var run = new ImportRun(call, new ImportWishes
            {
                File = path,
                Update = call.Parsed.GetValue(update),
                Resume = call.Parsed.GetValue(resume),
                FailedFile = failedFile is not null ? PathOf(call, failedFile) : path is null ? null : path + ".failed",
                Patience = TimeSpan.FromSeconds(call.Parsed.GetValue(patience) ?? DefaultPatienceSeconds),
            });
            return await run.RunAsync(cancellation);
        });
        return command;
    }

    public static Command Export(CommandFrame frame)
    {
        var query =
            new Option<string?>("--query", "-q") { HelpName = "QUERY", Description = "Only the devices that this query is true of." };
        var keys = new Option<bool>("--keys") { Description = "With keys: secrets. The policy needs the right registry-write." };
        var desired = new Option<bool>("--desired") { Description = "With desired states." };
        var to = new Option<string?>("--to") { HelpName = "FILE", Description = "The file; standard output when not given." };
        var resume = new Option<bool>("--resume") { Description = "Go on where an export into this file broke off." };
        Option<double?> patience = Patience();
        var command = new Command("export", "Writes out many devices, a JSON object a line.")
        {
            query,
            keys,
            desired,
            to,
            resume,
            patience,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(resume) is not null && result.GetResult(to) is null)
                result.AddError("--resume goes with --to FILE.");
        });
        frame.Handle(command, (call, cancellation) =>
        {
            string[] parameters =
            [
                .. call.Parsed.GetValue(query) is string text ? ["query=" + Uri.EscapeDataString(text)] : Array.Empty<string>(),
                .. call.Parsed.GetValue(keys) ? ["keys"] : Array.Empty<string>(),
                .. call.Parsed.GetValue(desired) ? ["desired"] : Array.Empty<string>(),
            ];
            string path = "/v1/devices/export" + (parameters.Length == 0 ? "" : "?" + string.Join('&', parameters));
            string? file = call.Parsed.GetValue(to) is string name ? PathOf(call, name) : null;
            var wishes = new ExportWishes(
                path, file, call.Parsed.GetValue(resume), TimeSpan.FromSeconds(call.Parsed.GetValue(patience) ?? DefaultPatienceSeconds));
            return new ExportRun(call, wishes).RunAsync(cancellation);
        });
        return command;
    }

    private static Option<double?> Patience() => new("--patience")
    {
        HelpName = "DURATION",
        Description = "How long a gateway that goes away meanwhile is waited for; 60 seconds when not given.",
        CustomParser = Durations.Parse,
    };

    private static string PathOf(CommandCall call, string name) => Path.GetFullPath(name, call.Surroundings.WorkingDirectory);
}
