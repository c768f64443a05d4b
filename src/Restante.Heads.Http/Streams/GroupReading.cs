using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Refusals;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Endpoints;
using Restante.Heads.Http.Views;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Streams;

/// <summary>Polls of readers of consumer groups.</summary>
internal sealed class GroupReading(Gateway gateway, HttpHeadOptions options, WaitingRoom room)
{
    /// <summary>Reads what comes next in the reader's partitions.</summary>
    /// <param name="context">The request.</param>
    /// <param name="group">The group's name.</param>
    /// <param name="reader">The reader's name.</param>
    /// <param name="start">Where the group begins in partitions in which it has no checkpoint yet.</param>
    /// <param name="max">How many records at the most.</param>
    /// <param name="patience">How long to wait when there is nothing yet.</param>
    public async ValueTask<IResult> ReadAsync(
        HttpContext context, string group, string reader, StreamStart start, int max, TimeSpan patience)
    {
        Waiter? waiter = null;
        if (patience > TimeSpan.Zero)
        {
            Result<Waiter> entered = await room.EnterAsync(context);
            if (!entered.IsSuccess)
                return Answers.Refused(entered.Refusal);
            waiter = entered.Value;
        }

        using (waiter)
        {
            Result<GroupMembership> joined = await gateway.Groups.PollAsync(Caller.Service(context), group, reader, start);
            if (!joined.IsSuccess)
                return Answers.Refused(joined.Refusal);
            GroupMembership member = joined.Value;
            try
            {
                if (waiter is null)
                    return Page(await member.ReadAsync(max, options.MaxPageBytes), member);
                using var bell = new NewsBell(member.News);
                return Page(
                    await room.UntilNewsAsync(
                        waiter, bell, patience, () => member.ReadAsync(max, options.MaxPageBytes), static records => records.Count > 0),
                    member);
            }
            finally
            {
                member.Rest();
            }
        }
    }

    private static IResult Page(Result<IReadOnlyList<GroupRecord>> read, GroupMembership member)
    {
        if (!read.IsSuccess)
            return Answers.Refused(read.Refusal);
        StreamGap[] gaps =
            [.. read.Value.Where(static r => r.Skipped > 0).Select(
                static r => new StreamGap { Partition = r.Partition, Skipped = r.Skipped })];
        var page = new StreamPage
        {
            Items = [.. read.Value.Select(static r => MessageViews.Of(StreamId.Telemetry(r.Partition), r.Record))],
            Partitions = member.Owned,
            Gaps = gaps.Length == 0 ? null : gaps,
        };
        return Answers.Json(page, RestanteJson.Plain.StreamPage);
    }
}
