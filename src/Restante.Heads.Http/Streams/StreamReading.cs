using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Core.Streams;

namespace Restante.Heads.Http.Streams;

/// <summary>Reads telemetry and events by cursor.</summary>
internal sealed class StreamReading(Gateway gateway, HttpHeadOptions options)
{
    /// <summary>Moves a cursor to where a reader wants to begin.</summary>
    public async ValueTask<Refusal?> BeginAsync(StreamCursor cursor, StreamStart start)
    {
        for (int i = 0; i < cursor.Count; i++)
        {
            Result<long> found = await gateway.Telemetry.FindAsync(cursor.Stream(i), start);
            if (!found.IsSuccess)
                return found.Refusal;
            cursor.MoveTo(i, Math.Max(1, found.Value));
        }

        return null;
    }

    /// <summary>What rings when there is something new for the cursor.</summary>
    public IReadOnlyList<Signal> Signals(StreamCursor cursor)
    {
        if (cursor.Scope == CursorScope.Events)
            return [gateway.Events.Added];
        var signals = new Signal[cursor.Count];
        for (int i = 0; i < signals.Length; i++)
            signals[i] = gateway.Telemetry.Added(cursor.Stream(i).Value);
        return signals;
    }

    /// <summary>Reads what comes next of what the service is shown, for a page. The cursor stays where it is;
    /// <see cref="StreamNews.Advance"/> moves it.</summary>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public ValueTask<Result<StreamNews>> ReadAsync(ServicePrincipal by, StreamCursor cursor, int max, CancellationToken cancellation) =>
        ReadAsync(by, cursor, max, options.MaxPageBytes, cancellation);

    /// <summary>The same, up to so many bytes of content; one record is always allowed.</summary>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async ValueTask<Result<StreamNews>> ReadAsync(
        ServicePrincipal by, StreamCursor cursor, int max, int maxBytes, CancellationToken cancellation)
    {
        var news = new StreamNews(cursor);
        int bytesLeft = maxBytes;
        for (int i = 0; i < cursor.Count; i++)
        {
            int index = (cursor.Turn + i) % cursor.Count;
            if (news.Records.Count >= max || bytesLeft <= 0)
            {
                news.NextTurn = index;
                break;
            }

            Result<StreamBatch> read = await gateway.Telemetry.ReadAsync(
                by, cursor.Stream(index), cursor.Next(index), max - news.Records.Count, bytesLeft, cancellation);
            if (!read.IsSuccess)
                return read.Refusal;
            foreach (StreamRecord record in read.Value.Records)
                bytesLeft -= record.Content.Length;
            news.Add(index, read.Value);
        }

        return news;
    }
}
