using Microsoft.Win32.SafeHandles;
using Restante.Storage.Streams.Commits;

namespace Restante.Storage.Streams.Segments;

/// <summary>
/// What is done beside the writer: a spare segment is filled with zeros before it is needed, and a sealed one is cut to its data
/// and gets its index file.
/// </summary>
internal sealed class SegmentUpkeep(LogState state) : IAsyncDisposable
{
    private readonly SemaphoreSlim _wanted = new(0);
    private volatile bool _closing;
    private Task _running = Task.CompletedTask;
    private SegmentRoller? _roller;

    /// <summary>Starts; from now on <see cref="Want"/> has an effect.</summary>
    public void Start(SegmentRoller roller)
    {
        _roller = roller;
        if (state.Host.Steps is null)
            _running = Task.Run(RunAsync);
    }

    /// <summary>Asks for a round.</summary>
    public void Want()
    {
        if (state.Host.Steps is { } steps)
            steps.Beside(Round);
        else
            _wanted.Release();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _closing = true;
        _wanted.Release();
        await _running;
        _wanted.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            await _wanted.WaitAsync();
            if (_closing)
                return;
            Round();
        }
    }

    private void Round()
    {
        Try(Spare);
        foreach (Segment segment in state.Segments)
        {
            if (segment.IsSealed && !segment.IsTidy)
                Try(() => Tidy(segment)); // One that cannot be read keeps the others from nothing.
        }
    }

    private void Try(Action round)
    {
        try
        {
            round();
        }
        catch (Exception exception) when (exception
            is IOException or UnauthorizedAccessException or ObjectDisposedException or StreamLogDamagedException)
        {
            Log.UpkeepFailed(state.Logger, state.Path, exception);
        }
    }

    private void Spare()
    {
        if (_roller!.NeedsSpare)
            _roller.PutSpare(BlankSegment.Make(state.Medium, state.Path, state.Limits.SegmentBytes));
    }

    private void Tidy(Segment segment)
    {
        string index = SegmentNames.Index(state.Path, segment.Base);
        BlockList?[] blocks;
        lock (segment.IndexGate)
        {
            if (segment.Blocks is null && segment.End > segment.Header.Length)
            {
                var scanner = new SegmentScanner(segment.Header, segment.Path, state.Files.Get(segment), segment.End);
                scanner.ScanSealed();
                segment.Blocks = scanner.Blocks;
            }

            blocks = segment.Blocks ?? new BlockList?[segment.Header.Marks.Length];
        }

        using (SafeFileHandle file = File.OpenHandle(
            segment.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            state.Medium.Truncate(file, segment.End);
        }

        IndexFile.Write(state.Medium, index, segment, blocks);
        segment.IsTidy = true;
        segment.Blocks = null;
        state.Files.Release(segment);
    }
}
