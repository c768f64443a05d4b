using Microsoft.Extensions.Logging;
using Restante.Storage.Streams.Segments;

namespace Restante.Storage.Streams;

/// <summary>What a store needs from around it.</summary>
/// <param name="Logger">Where reports go.</param>
/// <param name="Time">The clock of durations and pauses.</param>
/// <param name="Medium">The disk.</param>
/// <param name="Steps">Who gives out the steps of the log's threads; null for real threads.</param>
internal sealed record StreamStoreHost(ILogger Logger, TimeProvider Time, LogMedium Medium, LogSteps? Steps = null)
{
    /// <summary>The name of the meter of its instruments.</summary>
    public string Meter { get; init; } = SegmentedStreamStore.MeterName;

    /// <summary>Does what may have to wait for the disk, on a thread of the pool.</summary>
    public Task<T> RunAsync<T>(Func<T> work) => Steps is null ? Task.Run(work) : Task.FromResult(work());
}
