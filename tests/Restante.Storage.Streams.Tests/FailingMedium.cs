using Microsoft.Win32.SafeHandles;
using Restante.Storage.Streams.Segments;

namespace Restante.Storage.Streams.Tests;

/// <summary>A disk whose calls fail when a test says so.</summary>
internal sealed class FailingMedium : LogMedium, IDisposable
{
    private readonly ManualResetEventSlim _pass = new(true);

    public bool FailWrites { get; set; }

    /// <summary>A failing write leaves this many bytes of its first buffer behind.</summary>
    public int BytesOfFailedWrite { get; set; }

    public bool FailSyncs { get; set; }

    public bool FailCreates { get; set; }

    public bool FailRenames { get; set; }

    public int Syncs { get; private set; }

    /// <summary>Calls of <see cref="Sync"/> that are waiting for <see cref="Release"/>.</summary>
    public SemaphoreSlim Held { get; } = new(0);

    public void Hold() => _pass.Reset();

    public void Release() => _pass.Set();

    public void Dispose()
    {
        _pass.Dispose();
        Held.Dispose();
    }

    public override void Write(SafeFileHandle file, IReadOnlyList<ReadOnlyMemory<byte>> buffers, long position)
    {
        if (FailWrites)
        {
            if (BytesOfFailedWrite > 0)
                RandomAccess.Write(file, buffers[0].Span[..Math.Min(BytesOfFailedWrite, buffers[0].Length)], position);
            throw new IOException("No space left on device");
        }

        base.Write(file, buffers, position);
    }

    public override void Sync(SafeFileHandle file)
    {
        if (!_pass.IsSet)
            Held.Release();
        _pass.Wait();
        Syncs++;
        if (FailSyncs)
            throw new IOException("Input/output error");
        base.Sync(file);
    }

    public override SafeFileHandle CreateZeroed(string path, long length)
    {
        if (FailCreates)
            throw new IOException("No space left on device");
        return base.CreateZeroed(path, length);
    }

    public override void Rename(string from, string to)
    {
        base.Rename(from, to);
        if (FailRenames)
            throw new IOException("Input/output error");
    }
}
