using System.CommandLine;
using System.Text.Json;
using Restante.Server.Hosting;
using Restante.Server.Safekeeping;
using Restante.Storage.Sqlite.Inspection;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Server.Secrets;

/// <summary><c>restante master-key</c>: makes, shows and changes the keys that encrypt the secrets of a data directory.</summary>
internal static class MasterKeyCommands
{
    public static Command Create() => new("master-key", "The keys that encrypt the secrets in the store.")
    {
        CreateGenerate(), CreateStatus(), CreateRotate(), CreatePrune(),
    };

    private static Command CreateGenerate()
    {
        var command = new Command("generate", "Print a new key, for a file or a secret store. Whoever has it can read the secrets.");
        command.SetAction(_ =>
        {
            Console.Out.WriteLine(MasterKey.Generate().Reveal());
            return DoctorReport.SoundCode;
        });
        return command;
    }

    private static Command CreateStatus() =>
        CreateOnData("status", "Say which keys there are and which of them are needed; never the keys themselves.", Show);

    private static Command CreateRotate() =>
        CreateOnData("rotate", "Put a new key before the others. A running gateway takes it on SIGHUP.", Rotate);

    private static Command CreatePrune() =>
        CreateOnData("prune", "Take away old keys that the store needs no more. Older backups still need them.", Prune);

    private static Command CreateOnData(string name, string what, Func<DataDirectory, MasterKeySource, int> action)
    {
        Option<string?> data = SafekeepingCommands.Data("The data directory; the gateway may run.");
        var place = new MasterKeyPlace();
        var command = new Command(name, what) { data };
        place.AddTo(command);
        command.SetAction(parsed => SafekeepingCommands.Run(() =>
        {
            DataDirectory directory = SafekeepingCommands.PathOf(parsed.GetValue(data));
            return action(directory, place.Find(parsed, directory));
        }));
        return command;
    }

    private static int Show(DataDirectory data, MasterKeySource source)
    {
        MasterKeyRing ring = source.Read();
        IReadOnlyList<string>? needed = StoreKeys.Read(data.Root);
        Console.Out.WriteLine($"keys     {source.Name}");
        foreach (MasterKey key in ring.Keys)
            Console.Out.WriteLine($"{key.Id}  {Standing(key, ring, needed)}");
        string[] missing = [.. (needed ?? []).Where(id => ring.Find(id) is null)];
        foreach (string id in missing)
            Console.Out.WriteLine($"{id}  missing: secrets in the store are sealed with it");
        return missing.Length == 0 ? DoctorReport.SoundCode : DoctorReport.DamageCode;
    }

    private static string Standing(MasterKey key, MasterKeyRing ring, IReadOnlyList<string>? needed) =>
        (IsCurrent: key == ring.Current, IsNeeded: needed?.Contains(key.Id)) switch
        {
            (true, true) => "current",
            (true, false) => "current, but the gateway has not taken it: send it SIGHUP, or start it",
            (true, null) => "current; nothing has been sealed yet",
            (false, true) => "old, needed: secrets in the store are sealed with it",
            _ => "old, not needed by the store; older backups may need it",
        };

    private static int Rotate(DataDirectory data, MasterKeySource source)
    {
        if (source.File is not string file || !source.IsWritable)
        {
            throw new BackupException(
                $"The master keys come from {source.Name}, which is not this program's to change. Put a new key before the others there "
                + "(restante master-key generate makes one), and start the gateway again.");
        }

        MasterKeyRing ring = source.Read();
        if (ring.Keys.Count == MasterKeyRing.MaxKeys)
            throw new BackupException(
                $"{file} holds {MasterKeyRing.MaxKeys} keys, the most there may be. Take old ones away: restante master-key prune");
        MasterKeyRing rotated = ring.Rotated();
        MasterKeyFile.Replace(file, rotated);
        LocalActs.Leave(data, "rotateMasterKey", $"key {rotated.Current.Id}");
        Console.Out.WriteLine($"{rotated.Current.Id}  is the new master key, the first in {file}.");
        Console.Out.WriteLine($"{ring.Current.Id}  stays behind it until all secrets are sealed anew.");
        Console.Out.WriteLine(RunningProcess(data) is int process
            ? $"The gateway takes it on SIGHUP: kill -HUP {process}"
            : "The gateway takes it when it starts.");
        return DoctorReport.SoundCode;
    }

    private static int Prune(DataDirectory data, MasterKeySource source)
    {
        if (source.File is not string file || !source.IsWritable)
            throw new BackupException(
                $"The master keys come from {source.Name}, which is not this program's to change. Take old keys away there.");
        IReadOnlyList<string> needed = StoreKeys.Read(data.Root)
            ?? throw new BackupException(
                $"There is no store in {data.Root} that could say which keys it needs. Name the data directory of a gateway.");
        MasterKeyRing ring = source.Read();
        MasterKeyRing kept = ring.Only(needed);
        string[] gone = [.. ring.Keys.Where(key => kept.Find(key.Id) is null).Select(key => key.Id)];
        if (gone.Length == 0)
        {
            Console.Out.WriteLine("Every key is needed; nothing was changed.");
            return DoctorReport.SoundCode;
        }

        MasterKeyFile.Replace(file, kept);
        LocalActs.Leave(data, "pruneMasterKeys", $"took away {string.Join(", ", gone)}");
        foreach (string id in gone)
            Console.Out.WriteLine($"{id}  was taken away. Backups whose secrets are sealed with it need a copy of the keys from before.");
        return DoctorReport.SoundCode;
    }

    private static int? RunningProcess(DataDirectory data)
    {
        if (!File.Exists(data.GatewayFile))
            return null;
        GatewayAddresses? at = JsonSerializer.Deserialize(
            File.ReadAllText(data.GatewayFile), GatewayAddressesJson.Default.GatewayAddresses);
        return at?.ProcessId;
    }
}
