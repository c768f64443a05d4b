using Microsoft.Extensions.Logging;
using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Storage.Streams.Tests;

/// <summary>A directory for one test with what is needed to open stores in it.</summary>
internal sealed class StoreDirectory : IDisposable
{
    private readonly List<StoreDirectory> _copies = [];

    public string Path { get; } = Directory.CreateTempSubdirectory("restante-streams-").FullName;

    public RecordingLogger Logger { get; } = new();

    public FailingMedium Medium { get; } = new();

    public ManualTime Time { get; } = new();

    public StreamLimits Limits { get; init; } = new() { Partitions = 2, SegmentBytes = 4096 };

    public string[] Segments => [.. Directory.GetFiles(Path, "*.seg").Order(StringComparer.Ordinal)];

    public string Manifest => System.IO.Path.Combine(Path, "manifest");

    public Task<SegmentedStreamStore> OpenAsync(bool verify = false) =>
        SegmentedStreamStore.OpenAsync(Path, Limits, new StreamStoreHost(Logger, Time, Medium), verify);

    /// <summary>What a machine would find after losing its power now: the same files, nothing closed properly.</summary>
    public StoreDirectory Copy()
    {
        var copy = new StoreDirectory { Limits = Limits };
        foreach (string file in Directory.GetFiles(Path))
        {
            // Unfinished files come and go beside the test, and opening deletes them anyway.
            string name = System.IO.Path.GetFileName(file);
            if (name != "lock" && !name.EndsWith(".tmp", StringComparison.Ordinal))
                File.Copy(file, System.IO.Path.Combine(copy.Path, name));
        }

        _copies.Add(copy);
        return copy;
    }

    public void Dispose()
    {
        foreach (StoreDirectory copy in _copies)
            copy.Dispose();
        Medium.Dispose();
        Directory.Delete(Path, recursive: true);
    }

    public static StreamAppend Item(StreamId stream, int number, int bytes = 40)
    {
        byte[] content = new byte[bytes];
        new Random(number).NextBytes(content);
        BitConverter.TryWriteBytes(content, number);
        return new StreamAppend(stream, "truck-17", "position", content);
    }

    public static int Number(StreamRecord record) => BitConverter.ToInt32(record.Content.Span);

    public static async Task<List<int>> NumbersAsync(SegmentedStreamStore store, StreamId stream)
    {
        var numbers = new List<int>();
        for (long at = 1; ;)
        {
            StreamBatch batch = await store.ReadAsync(stream, at, 7, int.MaxValue);
            if (batch.Records.Count == 0)
                return numbers;
            foreach (StreamRecord record in batch.Records)
            {
                int number = Number(record);
                Assert.True(Item(stream, number, record.Content.Length).Content.Span.SequenceEqual(record.Content.Span));
                numbers.Add(number);
            }

            at = batch.NextSequenceNumber;
        }
    }

    internal sealed class RecordingLogger : ILogger
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
                _lines.Add(formatter(state, exception));
        }
    }

    internal sealed class ManualTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _ticks);

        public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
    }
}
