using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Paging;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Endpoints;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Feeds;

/// <summary>
/// Reads a numbered feed: a page at once, a long poll, or an event stream that goes on after the last event its reader has.
/// </summary>
/// <param name="room">Where requests wait.</param>
/// <param name="options">What is allowed.</param>
/// <param name="what">What the feed holds, in the plural.</param>
/// <param name="place">What the place of a record is called.</param>
internal sealed class FeedReading<T>(WaitingRoom room, HttpHeadOptions options, string what, string place)
{
    private const string Latest = "latest";

    private readonly QueryParameter _after = new(
        "after",
        JsonSchemaType.String,
        $"The {place} of the record to go on after; 0, the beginning, when not given; latest for only what is to come.");

    private readonly QueryParameter _max = UsualQuery.Max(what);
    private readonly QueryParameter _wait = UsualQuery.Wait(options);

    /// <summary>Reads so many after a place, for whoever calls.</summary>
    public required Func<ServicePrincipal, long, int, ValueTask<Result<FeedPage<T>>>> Read { get; init; }

    /// <summary>The place of a record.</summary>
    public required Func<T, long> PlaceOf { get; init; }

    /// <summary>How many bytes a record has when it is shown.</summary>
    public required Func<JsonSize, T, int> SizeOf { get; init; }

    /// <summary>How many records are read from the store at once.</summary>
    public int Step { get; init; } = PageBounds.UsualStep;

    /// <summary>Finds the place of the newest record.</summary>
    public required Func<ValueTask<Result<long>>> FindLast { get; init; }

    /// <summary>Pulses when something was added.</summary>
    public required Signal Added { get; init; }

    /// <summary>Shows a page.</summary>
    public required Func<FeedPage<T>, IResult> Show { get; init; }

    /// <summary>Adds a record to an event stream.</summary>
    public required Action<EventStream, T> Write { get; init; }

    /// <summary>How many records are fetched for an event stream at once, at the most.</summary>
    public required int StreamChunk { get; init; }

    /// <summary>The parameters.</summary>
    public IReadOnlyList<QueryParameter> Query => [_after, _max, _wait];

    /// <summary>Answers a request.</summary>
    public async Task<IResult> AnswerAsync(HttpContext context)
    {
        ServicePrincipal service = Caller.Service(context);
        bool streams = EventStream.IsWanted(context.Request);
        int max = _max.Count(context.Request);
        TimeSpan patience = _wait.Seconds(context.Request);
        string? lastEventId = streams ? EventStream.LastEventId(context.Request) : null;
        Result<long> start = await FindStartAsync(lastEventId ?? _after.Text(context.Request));
        if (!start.IsSuccess)
            return Answers.Refused(start.Refusal);
        if (!streams && patience == TimeSpan.Zero)
            return Answer(await ReadAsync(service, start.Value, max, options.MaxPageBytes));
        Result<Waiter> entered = await room.EnterAsync(context);
        if (!entered.IsSuccess)
            return Answers.Refused(entered.Refusal);
        using Waiter waiter = entered.Value;
        using var bell = new NewsBell(Added);
        long after = start.Value;
        if (!streams)
            return Answer(await room.UntilNewsAsync(waiter, bell, patience, ReadOnAsync, static page => !page.IsEmpty));
        await room.StreamAsync(context, waiter, bell, async (stream, cancellation) =>
        {
            Result<FeedPage<T>> read = await ReadAsync(service, after, StreamChunk, EventStream.ChunkBytes);
            if (!read.IsSuccess)
                return read.Refusal;
            FeedPage<T> page = read.Value;
            long passedOver = page.Next - after - page.Skipped - page.Items.Count;
            after = page.Next;
            if (page.IsEmpty)
                return NewsLook.Nothing;
            if (page.Skipped > 0)
                stream.Add("gap", null, new StreamGap { Skipped = page.Skipped }, RestanteJson.Plain.StreamGap);
            foreach (T record in page.Items)
                Write(stream, record);
            await stream.FlushAsync(cancellation);
            return NewsLooks.Of(isEmpty: false, passedOver);
        });
        return Results.Empty;

        // What was passed over is not looked at again.
        async ValueTask<Result<FeedPage<T>>> ReadOnAsync()
        {
            Result<FeedPage<T>> read = await ReadAsync(service, after, max, options.MaxPageBytes);
            if (read is { IsSuccess: true, Value.IsEmpty: true })
                after = read.Value.Next;
            return read;
        }
    }

    private async ValueTask<Result<FeedPage<T>>> ReadAsync(ServicePrincipal service, long after, int max, int maxBytes)
    {
        using var size = new JsonSize();
        return await FeedPage<T>.ReadAsync(
            after, new PageBounds(max, maxBytes, Step), (from, count) => Read(service, from, count), PlaceOf, one => SizeOf(size, one));
    }

    private IResult Answer(Result<FeedPage<T>> read) => read.IsSuccess ? Show(read.Value) : Answers.Refused(read.Refusal);

    private async ValueTask<Result<long>> FindStartAsync(string? text)
    {
        if (text is null)
            return 0L;
        if (text == Latest)
            return await FindLast();
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            throw new MalformedRequestException($"The {what} are read after a {place}, or after {Latest}.");
        if (number == 0)
            return 0L;
        // Who has come further than the feed has was at another gateway, or at one whose data were restored from a backup: silence would
        // hide it.
        Result<long> last = await FindLast();
        if (!last.IsSuccess)
            return last.Refusal;
        return number <= last.Value
            ? number
            : throw new MalformedRequestException(
                $"There are no {what} after {number} yet: the newest has the {place} {last.Value}. Read after that, or after {Latest}.");
    }
}
