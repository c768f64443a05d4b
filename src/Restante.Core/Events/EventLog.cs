using System.Globalization;
using System.Text.Json;
using Restante.Core.Enrolment;
using Restante.Core.History;
using Restante.Core.Messages;
using Restante.Core.Metrics;
using Restante.Core.Sessions;
using Restante.Core.Signals;
using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Core.Events;

/// <summary>
/// Device and session events, kept in the stream <see cref="StreamId.Events"/>. Nobody waits for an event to be durable; one that cannot be
/// stored is counted. At most 10,000 wait for the disk.
/// </summary>
public sealed class EventLog
{
    private const int MaxPending = 10_000;

    private readonly IStreamStore _streams;
    private readonly TimeProvider _time;
    private readonly CoreMetrics _metrics;
    private int _pending;

    internal EventLog(IStreamStore streams, TimeProvider time, CoreMetrics metrics)
    {
        _streams = streams;
        _time = time;
        _metrics = metrics;
    }

    /// <summary>Pulses when events were added.</summary>
    public Signal Added { get; } = new();

    internal void Created(string device) => Append(device, "created");

    /// <summary>
    /// Many devices were created. The task ends when that is durable or lost, so that who creates them waits for the disk and no event is
    /// lost because there are many.
    /// </summary>
    internal async ValueTask CreatedAsync(IReadOnlyCollection<string> devices)
    {
        if (devices.Count == 0)
            return;
        StreamAppend[] items = [.. devices.Select(static device => Event(device, "created"))];
        try
        {
            await _streams.AppendAsync(items, _time.GetUtcNow().ToUnixTimeMilliseconds()).ConfigureAwait(false);
            Added.Pulse();
        }
        catch (StoreUnavailableException)
        {
            foreach (string _ in devices)
                _metrics.EventLost();
        }
    }

    internal void Enrolled(string device, EnrolmentGroup group, ConnectionName connection) => Append(
        device,
        "created",
        ("enrolment", group.Name),
        ("by", group.Kind.Name()),
        ("protocol", connection.Protocol),
        Number(connection),
        Peer(connection));

    internal void Changed(string device, string what) => Append(device, "changed", ("what", what));

    internal void Removed(string device, int messagesEnded) =>
        Append(device, "removed", ("messagesEnded", messagesEnded.ToString(CultureInfo.InvariantCulture)));

    internal void Connected(string device, ConnectionName connection, string? credential) =>
        Append(device, "connected", ("protocol", connection.Protocol), Number(connection), Peer(connection), ("credential", credential));

    internal void Disconnected(string device, ConnectionName connection, string why) =>
        Append(device, "disconnected", ("protocol", connection.Protocol), Number(connection), Peer(connection), ("reason", why));

    internal void TakenOver(string device, ConnectionName newer, ConnectionName older) => Append(
        device, "taken-over", ("protocol", newer.Protocol), Number(newer), Peer(newer),
        ("from", older.IsUnknown ? null : older.ToString()));

    internal void CertificateIssued(string device, string serial, long untilMs) => Append(
        device, "certificate-issued", ("serial", serial), ("until", HistoryWords.Time(untilMs)));

    internal void CertificateRevoked(string device, string serial) => Append(device, "certificate-revoked", ("serial", serial));

    /// <summary>So many further changes were not told one by one.</summary>
    internal void Folded(string device, ConnectionName connection, int count) => Append(
        device,
        "folded",
        ("protocol", connection.Protocol),
        Number(connection),
        Peer(connection),
        ("count", count.ToString(CultureInfo.InvariantCulture)));

    private static (string Name, string? Value) Number(ConnectionName connection) =>
        ("connection", connection.Number == 0 ? null : connection.Number.ToString(CultureInfo.InvariantCulture));

    private static (string Name, string? Value) Peer(ConnectionName connection) => ("peer", connection.Peer);

    private void Append(string device, string name, params ReadOnlySpan<(string Name, string? Value)> details)
    {
        if (Interlocked.Increment(ref _pending) > MaxPending)
        {
            Interlocked.Decrement(ref _pending);
            _metrics.EventLost();
            return;
        }

        _ = StoreAsync(Event(device, name, details), _time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    private static StreamAppend Event(string device, string name, params ReadOnlySpan<(string Name, string? Value)> details)
    {
        var body = new System.Buffers.ArrayBufferWriter<byte>(160);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("event", name);
            json.WriteString("device", device);
            foreach ((string key, string? value) in details)
            {
                if (value is not null)
                    json.WriteString(key, value);
            }

            json.WriteEndObject();
        }

        var content = new MessageContent
        {
            Body = body.WrittenMemory,
            BodyKind = BodyKind.Text,
            ContentType = "application/json",
            Subject = name,
        };
        return new StreamAppend(StreamId.Events, device, name, content.Encode());
    }

    private async Task StoreAsync(StreamAppend item, long now)
    {
        try
        {
            await _streams.AppendAsync(item, now).ConfigureAwait(false);
            Added.Pulse();
        }
        catch (Exception)
        {
            _metrics.EventLost(); // Nobody waits for this task, so a fault of the store must not pass unseen either.
        }
        finally
        {
            Interlocked.Decrement(ref _pending);
        }
    }
}
