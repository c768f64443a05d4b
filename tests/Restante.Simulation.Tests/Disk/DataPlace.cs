using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Disk;

/// <summary>
/// The directories of one simulation, in memory where the system offers that. Each start of the gateway after a crash gets a new one, with
/// what the crash left over.
/// </summary>
internal sealed class DataPlace : IDisposable
{
    private const int SectorBytes = 512;
    private const int WalHeaderBytes = 32;

    private readonly string _root;
    private int _generation;

    public DataPlace()
    {
        string parent = System.IO.Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        _root = System.IO.Directory.CreateTempSubdirectory("x").FullName;
        System.IO.Directory.Delete(_root);
        _root = Path.Combine(parent, "restante-simulation-" + Path.GetFileName(_root));
        System.IO.Directory.CreateDirectory(Directory);
    }

    public string Directory => Path.Combine(_root, _generation.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public string Database => Directory;

    public string Streams => Path.Combine(Directory, "streams");

    public string Audit => Path.Combine(Directory, "audit");

    private string Wal => Path.Combine(Directory, "restante.db-wal");

    public byte[] ReadWal() => File.Exists(Wal) ? ReadShared(Wal) : [];

    /// <summary>When the database itself was last written, which only a checkpoint does.</summary>
    public DateTime DatabaseChangedAt => File.GetLastWriteTimeUtc(Path.Combine(Directory, "restante.db"));

    /// <summary>
    /// Power is lost. What the database had synced is there; of what it was writing when <paramref name="walBefore"/> was read, any sectors
    /// may be there.
    /// </summary>
    public void Crash(SimulatedMedium medium, byte[]? walBefore, Dice dice)
    {
        string from = Directory, streams = Streams, audit = Audit;
        _generation++;
        CopyFiles(from, Directory);
        if (System.IO.Directory.Exists(streams))
        {
            CopyFiles(streams, Streams);
            medium.LosePower(streams, Streams);
        }

        if (System.IO.Directory.Exists(audit))
            CopyFiles(audit, Audit); // The process is gone, what it had written to this log is not.
        if (walBefore is not null)
            TearWal(walBefore, dice);
    }

    public void Dispose()
    {
        if (System.IO.Directory.Exists(_root))
            System.IO.Directory.Delete(_root, recursive: true);
    }

    // The head of the log is synced before the frames that follow it are written.
    private void TearWal(byte[] before, Dice dice)
    {
        byte[] after = ReadWal();
        bool isNew = !after.Take(WalHeaderBytes).SequenceEqual(before.Take(WalHeaderBytes));
        for (int at = 0; at < after.Length; at += SectorBytes)
        {
            int from = at == 0 && isNew ? WalHeaderBytes : at;
            int to = Math.Min(at + SectorBytes, after.Length);
            if (!dice.Chance(400))
                continue;
            for (int i = from; i < to; i++)
                after[i] = i < before.Length ? before[i] : (byte)0;
        }

        if (dice.Chance(500))
            after = after[..(int)dice.Between(Math.Min(before.Length, after.Length), after.Length)];
        File.WriteAllBytes(Wal, after);
    }

    private static void CopyFiles(string from, string to)
    {
        System.IO.Directory.CreateDirectory(to);
        foreach (string file in System.IO.Directory.EnumerateFiles(from).Order(StringComparer.Ordinal))
        {
            if (!file.EndsWith("-shm", StringComparison.Ordinal) && !file.EndsWith("lock", StringComparison.Ordinal))
                File.WriteAllBytes(Path.Combine(to, Path.GetFileName(file)), ReadShared(file));
        }
    }

    private static byte[] ReadShared(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
