using Microsoft.Win32.SafeHandles;
using Restante.Simulation.Tests.Scheduling;
using Restante.Storage.Streams.Segments;

namespace Restante.Simulation.Tests.Disk;

/// <summary>
/// The disk under the log. What was written and not synced may be there or not after a crash, sector by sector; deleted names may come back
/// until their directory was synced; writes and syncs fail, and a sync that failed makes nothing durable afterwards either.
/// </summary>
internal sealed class SimulatedMedium(Dice dice, DiskTrouble trouble) : LogMedium
{
    private const int SectorBytes = 512;

    private readonly List<Unsynced> _unsynced = [];
    private readonly List<(string Path, byte[] Content)> _deleted = [];
    private bool _dead;

    /// <summary>Asked at each change; what it returns true for is the last thing the medium did.</summary>
    public Func<bool> Dies { get; set; } = static () => false;

    /// <summary>From now on nothing reaches the medium.</summary>
    public void Die() => _dead = true;

    public override void Write(SafeFileHandle file, IReadOnlyList<ReadOnlyMemory<byte>> buffers, long position)
    {
        Require();
        byte[] bytes = [.. buffers.SelectMany(static b => b.ToArray())];
        bool fails = dice.Chance(trouble.LogPerMille);
        if (fails)
            bytes = bytes[..dice.Below(bytes.Length + 1)];
        Remember(file, position, bytes.Length);
        base.Write(file, [bytes], position);
        if (fails)
            throw new IOException("The simulated disk is full.");
    }

    public override void Clear(SafeFileHandle file, long from, long to)
    {
        Require();
        Remember(file, from, (int)(to - from));
        base.Clear(file, from, to);
    }

    public override void Sync(SafeFileHandle file)
    {
        Require();
        if (dice.Chance(trouble.LogPerMille))
        {
            foreach (Unsynced write in _unsynced.Where(w => ReferenceEquals(w.File, file)))
                write.IsForgotten = true;
            throw new IOException("The simulated disk did not confirm.");
        }

        _unsynced.RemoveAll(w => ReferenceEquals(w.File, file) && !w.IsForgotten);
    }

    public override SafeFileHandle CreateZeroed(string path, long length)
    {
        Require();
        return base.CreateZeroed(path, length);
    }

    public override void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        Require();
        base.Replace(path, bytes);
    }

    public override void Rename(string from, string to)
    {
        Require();
        File.Move(from, to, overwrite: true);
        foreach (Unsynced write in _unsynced.Where(w => w.Path == from))
            write.Path = to;
    }

    public override void Truncate(SafeFileHandle file, long length)
    {
        Require();
        base.Truncate(file, length);
    }

    public override void Delete(string path)
    {
        Require();
        if (!File.Exists(path))
            return;
        _deleted.Add((path, File.ReadAllBytes(path)));
        base.Delete(path);
    }

    public override void SyncDirectory(string path)
    {
        Require();
        _deleted.Clear();
    }

    /// <summary>Makes of a copy of the directory what is left of it after power was lost.</summary>
    public void LosePower(string directory, string copy)
    {
        foreach ((string path, byte[] content) in _deleted.Where(_ => dice.Chance(500)))
            File.WriteAllBytes(Path.Combine(copy, Path.GetRelativePath(directory, path)), content);
        for (int i = _unsynced.Count - 1; i >= 0; i--)
        {
            Unsynced write = _unsynced[i];
            string path = Path.Combine(copy, Path.GetRelativePath(directory, write.Path));
            if (!File.Exists(path))
                continue;
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
            for (int at = 0; at < write.Before.Length;)
            {
                int part = Math.Min(write.Before.Length - at, SectorBytes - (int)((write.Position + at) % SectorBytes));
                if (dice.Chance(500) && write.Position + at < RandomAccess.GetLength(file))
                    RandomAccess.Write(file, write.Before.AsSpan(at, part), write.Position + at);
                at += part;
            }
        }
    }

    private void Require()
    {
        if (!_dead && Dies())
            _dead = true;
        if (_dead)
            throw new IOException("The simulated machine has no power.");
    }

    private void Remember(SafeFileHandle file, long position, int length)
    {
        byte[] before = new byte[length];
        string path = File.ResolveLinkTarget($"/proc/self/fd/{file.DangerousGetHandle()}", false)!.FullName;
        using SafeFileHandle reader = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        int read = RandomAccess.Read(reader, before, position);
        _unsynced.Add(new Unsynced(file, path, position, before[..read]));
    }

    private sealed class Unsynced(SafeFileHandle file, string path, long position, byte[] before)
    {
        public SafeFileHandle File { get; } = file;

        public string Path { get; set; } = path;

        public long Position { get; } = position;

        public byte[] Before { get; } = before;

        public bool IsForgotten { get; set; }
    }
}
