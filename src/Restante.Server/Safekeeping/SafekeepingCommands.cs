using System.CommandLine;
using Restante.Core.Storage;
using Restante.Server.Hosting;
using Restante.Storage.Sqlite;
using Restante.Storage.Streams;

namespace Restante.Server.Safekeeping;

/// <summary><c>restante doctor</c>, <c>backup</c> and <c>restore</c>: they work on the data directory itself.</summary>
internal static class SafekeepingCommands
{
    public static IEnumerable<Command> Create() => [CreateDoctor(), CreateBackup(), CreateRestore()];

    private static Command CreateDoctor()
    {
        Option<string?> data = Data("The data directory of a gateway that does not run.");
        var repair = new Option<bool>("--repair") { Description = "Cut off an unfinished commit of the stream log; nothing else." };
        var json = new Option<bool>("--json") { Description = "One JSON value for scripts." };
        var command = new Command("doctor", "Check a data directory. Exits with 0 when it is sound, 1 when not, 2 when it cannot tell.")
        {
            data, repair, json,
        };
        command.SetAction(parsed => Run(() => Examine(PathOf(parsed.GetValue(data)), parsed.GetValue(repair), parsed.GetValue(json))));
        return command;
    }

    private static Command CreateBackup()
    {
        Option<string?> data = Data("The data directory; the gateway may run.");
        var to = new Option<string>("--to") { Required = true, HelpName = "FILE", Description = "The file to make, a tar archive." };
        var command = new Command("backup", "Copy all that a gateway keeps into one file, while it runs: mail, telemetry, keys.")
        {
            data, to,
        };
        command.SetAction(parsed => Run(() =>
        {
            string target = Path.GetFullPath(parsed.GetRequiredValue(to));
            DataDirectory source = PathOf(parsed.GetValue(data));
            (int files, long bytes) = Backup.Write(source, target);
            Console.Out.WriteLine($"{target} holds {source.Root} as it was when the backup began: {files} files, {bytes} bytes.");
            Console.Out.WriteLine("All keys are in it. Only this user may open it (0600): keep it as you keep the data directory.");
            return DoctorReport.SoundCode;
        }));
        return command;
    }

    private static Command CreateRestore()
    {
        Option<string?> data = Data("The directory to fill: empty, or not there yet.");
        var from = new Option<string>("--from") { Required = true, HelpName = "FILE", Description = "A file made by backup." };
        var command = new Command("restore", "Make a data directory from a backup and check it. Exits as doctor does.") { data, from };
        command.SetAction(parsed => Run(() =>
        {
            DataDirectory target = PathOf(parsed.GetValue(data));
            int files = Restore.Read(Path.GetFullPath(parsed.GetRequiredValue(from)), target);
            Console.Out.WriteLine($"{target.Root} was restored: {files} files, all as they were written.");
            return Examine(target, repair: false, json: false);
        }));
        return command;
    }

    private static Option<string?> Data(string what) => new("--data")
    {
        HelpName = "DIRECTORY",
        Description = what + " Else RESTANTE_DATA, else ./restante-data.",
    };

    private static DataDirectory PathOf(string? flag) =>
        DataDirectory.At(flag ?? Environment.GetEnvironmentVariable("RESTANTE_DATA") ?? "restante-data");

    private static int Examine(DataDirectory data, bool repair, bool json)
    {
        IReadOnlyList<StoreFinding> findings = new Doctor(data, TimeProvider.System).Examine(repair);
        return new DoctorReport(data.Root, !findings.Any(finding => finding.IsFault), findings).Write(Console.Out, json);
    }

    private static int Run(Func<int> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is StreamLogDamagedException or BackupException { IsDamage: true })
        {
            Console.Error.WriteLine($"restante: {e.Message}");
            return DoctorReport.DamageCode;
        }
        catch (Exception e) when (e
            is StoreOpenException or StoreUnavailableException or BackupException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"restante: {e.Message}");
            return DoctorReport.UnknownCode;
        }
    }
}
