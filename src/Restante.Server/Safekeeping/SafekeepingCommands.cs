using System.CommandLine;
using Restante.Core.Storage;
using Restante.Server.Configuration;
using Restante.Server.Hosting;
using Restante.Server.Secrets;
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
        var place = new MasterKeyPlace();
        place.AddTo(command);
        command.SetAction(parsed => Run(() =>
        {
            DataDirectory directory = PathOf(parsed.GetValue(data));
            return Examine(directory, place.Find(parsed, directory), parsed.GetValue(repair), parsed.GetValue(json));
        }));
        return command;
    }

    private static Command CreateBackup()
    {
        Option<string?> data = Data("The data directory; the gateway may run.");
        var to = new Option<string>("--to") { Required = true, HelpName = "FILE", Description = "The file to make, a tar archive." };
        var without = new Option<bool>("--without-master-key")
        {
            Description = "Leave out the keys in the data directory: master keys, the administrator's, certificates'.",
        };
        var command = new Command("backup", "Copy all that a gateway keeps into one file, while it runs: mail, telemetry, keys.")
        {
            data, to, without,
        };
        command.SetAction(parsed => Run(() =>
        {
            string target = Path.GetFullPath(parsed.GetRequiredValue(to));
            DataDirectory source = PathOf(parsed.GetValue(data));
            BackupSummary made = Backup.Write(source, target, !parsed.GetValue(without));
            LocalActs.Leave(source, "backup", null);
            string keys = string.Join(", ", made.NeededKeys);
            Console.Out.WriteLine($"{target} holds {source.Root} as it was when the backup began: {made.Files} files, {made.Bytes} bytes.");
            Console.Out.WriteLine(made.HasMasterKey
                ? $"All keys are in it, also the master key that opens them ({keys})."
                : $"Its secrets are sealed with master key {keys}, which is not in it: without that key they are lost. Keep both, apart.");
            if (made.LeftOut.Count > 0)
            {
                Console.Out.WriteLine(
                    $"Files with keys are not in it: {string.Join(", ", made.LeftOut)}. Keep them apart, too: a restored gateway needs "
                    + "them in their places, or new ones that its devices trust.");
            }

            Console.Out.WriteLine("Only this user may open it (0600): keep it as you keep the data directory.");
            return DoctorReport.SoundCode;
        }));
        return command;
    }

    private static Command CreateRestore()
    {
        Option<string?> data = Data("The directory to fill: empty, or not there yet.");
        var from = new Option<string>("--from") { Required = true, HelpName = "FILE", Description = "A file made by backup." };
        var command = new Command("restore", "Make a data directory from a backup and check it. Exits as doctor does.") { data, from };
        var place = new MasterKeyPlace();
        place.AddTo(command);
        command.SetAction(parsed => Run(() =>
        {
            DataDirectory target = PathOf(parsed.GetValue(data));
            int files = Restore.Read(Path.GetFullPath(parsed.GetRequiredValue(from)), target);
            LocalActs.Leave(target, "restore", null);
            Console.Out.WriteLine($"{target.Root} was restored: {files} files, all as they were written.");
            return Examine(target, place.Find(parsed, target), repair: false, json: false);
        }));
        return command;
    }

    /// <summary>The flag that names a data directory.</summary>
    public static Option<string?> Data(string what) => new("--data")
    {
        HelpName = "DIRECTORY",
        Description = what + " Else RESTANTE_DATA, else ./restante-data.",
    };

    /// <summary>The data directory that the flag names, or the environment.</summary>
    public static DataDirectory PathOf(string? flag) =>
        DataDirectory.At(flag ?? Environment.GetEnvironmentVariable("RESTANTE_DATA") ?? "restante-data");

    private static int Examine(DataDirectory data, MasterKeySource masterKeys, bool repair, bool json)
    {
        IReadOnlyList<StoreFinding> findings = new Doctor(data, masterKeys, TimeProvider.System).Examine(repair);
        return new DoctorReport(data.Root, !findings.Any(finding => finding.IsFault), findings).Write(Console.Out, json);
    }

    /// <summary>Runs a command and says what went wrong.</summary>
    public static int Run(Func<int> action)
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
            is StoreOpenException or StoreUnavailableException or BackupException or ConfigurationException or IOException
            or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"restante: {e.Message}");
            return DoctorReport.UnknownCode;
        }
    }
}
