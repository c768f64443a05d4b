using System.Diagnostics;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Metrics;
using Restante.Core.Quotas;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Core.Tracing;

namespace Restante.Core.Telemetry;

/// <summary>
/// Takes telemetry of devices, stamped with their identity and the time, and lets services read it by partition. Readers are independent of
/// each other: each names its own place.
/// </summary>
public sealed partial class TelemetryStreams
{
    /// <summary>The most messages of one batch.</summary>
    public const int MaxBatch = 1_000;

    private readonly IStreamStore _store;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;
    private readonly CoreMetrics _metrics;
    private readonly SendingQuotas _quotas;
    private readonly Signal[] _added;

    internal TelemetryStreams(
        IStreamStore store, GatewayLimits limits, TimeProvider time, CoreMetrics metrics, SendingQuotas? quotas = null)
    {
        _store = store;
        _limits = limits;
        _time = time;
        _metrics = metrics;
        _quotas = quotas ?? new SendingQuotas(limits, time, metrics);
        _added = new Signal[store.Partitions];
        for (int i = 0; i < _added.Length; i++)
            _added[i] = new Signal();
    }

    /// <summary>The refusal of a batch with none, or more than <see cref="MaxBatch"/> messages.</summary>
    public static Refusal NoBatch(int count) => new(RefusalKind.Malformed, $"A batch has 1 to {MaxBatch} messages, not {count}.");

    /// <summary>What services reach; null where there are none that have a scope.</summary>
    internal DeviceScopes? Scopes { get; init; }

    /// <summary>How many partitions there are.</summary>
    public int Partitions => _store.Partitions;

    /// <summary>Pulses when telemetry was added to a partition.</summary>
    public Signal Added(int partition) => _added[partition];

    /// <summary>
    /// Stores one message; durable on return. Refusals: malformed (channel), too-large, throttled (beyond the quota), unavailable.
    /// </summary>
    /// <param name="device">Who sends it.</param>
    /// <param name="channel">Its channel; null for none. See <see cref="ChannelNames.Rule"/>.</param>
    /// <param name="content">The message; copied before the call returns.</param>
    public ValueTask<Result<long>> PublishAsync(DevicePrincipal device, string? channel, ReadOnlyMemory<byte> content)
    {
        if (channel is not null && !ChannelNames.IsValid(channel))
        {
            return ValueTask.FromResult<Result<long>>(
                new Refusal(RefusalKind.Malformed, $"The channel is not allowed: {ChannelNames.Rule}."));
        }

        if (content.Length > _limits.MaxMessageBytes)
        {
            return ValueTask.FromResult<Result<long>>(
                new Refusal(RefusalKind.TooLarge, $"The message has {content.Length} bytes; the limit is {_limits.MaxMessageBytes}."));
        }

        if (_quotas.Take(device, 1, content.Length) is Refusal refusal)
            return ValueTask.FromResult<Result<long>>(refusal);
        int partition = DevicePartition.Of(device.Name, Partitions);
        var item = new StreamAppend(StreamId.Telemetry(partition), device.Name, channel, content);
        TraceMark mark = MessageTrace.IsOn ? MessageTrace.Begin(content.Span, _time.GetUtcNow()) : default;
        return mark.IsTraced ? AppendTracedAsync(item, partition, device, mark) : AppendAsync(item, partition);
    }

    /// <summary>
    /// Stores several messages of one device, all or none, in their order; durable on return. Refusals: malformed (channel, or none or more
    /// than <see cref="MaxBatch"/>), too-large (one of them), throttled (beyond the quota),
    /// unavailable.
    /// </summary>
    /// <param name="device">Who sends them.</param>
    /// <param name="channel">Their channel; null for none.</param>
    /// <param name="contents">The messages; copied before the call returns.</param>
    public async ValueTask<Result<int>> PublishAsync(DevicePrincipal device, string? channel, IReadOnlyList<ReadOnlyMemory<byte>> contents)
    {
        if (channel is not null && !ChannelNames.IsValid(channel))
            return new Refusal(RefusalKind.Malformed, $"The channel is not allowed: {ChannelNames.Rule}.");
        if (contents.Count is < 1 or > MaxBatch)
            return NoBatch(contents.Count);
        int partition = DevicePartition.Of(device.Name, Partitions);
        var items = new StreamAppend[contents.Count];
        long bytes = 0;
        for (int i = 0; i < items.Length; i++)
        {
            if (contents[i].Length > _limits.MaxMessageBytes)
            {
                return new Refusal(
                    RefusalKind.TooLarge,
                    $"Message {i} of the batch has {contents[i].Length} bytes; the limit is {_limits.MaxMessageBytes}.");
            }

            items[i] = new StreamAppend(StreamId.Telemetry(partition), device.Name, channel, contents[i]);
            bytes += contents[i].Length;
        }

        if (_quotas.Take(device, items.Length, bytes) is Refusal refusal)
            return refusal;

        try
        {
            await _store.AppendAsync(items, _time.GetUtcNow().ToUnixTimeMilliseconds());
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }

        foreach (StreamAppend item in items)
            _metrics.Telemetry(item.Content.Length);
        _added[partition].Pulse();
        return items.Length;
    }

    /// <summary>Reads a partition, or the events. Refusals: not-found (no such partition), unavailable.</summary>
    public async ValueTask<Result<StreamBatch>> ReadAsync(StreamId stream, long fromSequenceNumber, int maxRecords, int maxBytes)
    {
        if (Check(stream) is Refusal refusal)
            return refusal;
        try
        {
            return await _store.ReadAsync(stream, fromSequenceNumber, maxRecords, maxBytes);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Finds where a reader begins. Refusals: not-found (no such partition), unavailable.</summary>
    public async ValueTask<Result<long>> FindAsync(StreamId stream, StreamStart start)
    {
        if (Check(stream) is Refusal refusal)
            return refusal;
        try
        {
            return await _store.FindAsync(stream, start);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>The ends of a partition, or of the events. Refusals: not-found (no such partition).</summary>
    public Result<StreamInfo> GetInfo(StreamId stream) => Check(stream) is Refusal refusal ? refusal : _store.GetInfo(stream);

    private Refusal? Check(StreamId stream) => stream.Value < Partitions
        ? null
        : new Refusal(RefusalKind.NotFound, $"There is no partition {stream}; they are 0 to {Partitions - 1}.");

    private async ValueTask<Result<long>> AppendTracedAsync(StreamAppend item, int partition, DevicePrincipal device, TraceMark mark)
    {
        Result<long> result = await AppendAsync(item, partition);
        string word = result.IsSuccess ? "stored" : result.Refusal.Kind.ToString();
        MessageTrace.End(mark, "send telemetry", ActivityKind.Server, _time.GetUtcNow(), device.Id, 0, word, !result.IsSuccess);
        return result;
    }

    private async ValueTask<Result<long>> AppendAsync(StreamAppend item, int partition)
    {
        try
        {
            int bytes = item.Content.Length;
            long number = await _store.AppendAsync(item, _time.GetUtcNow().ToUnixTimeMilliseconds());
            _metrics.Telemetry(bytes);
            _added[partition].Pulse();
            return number;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }
}
