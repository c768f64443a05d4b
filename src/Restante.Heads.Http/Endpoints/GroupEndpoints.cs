using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Telemetry;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;

namespace Restante.Heads.Http.Endpoints;

/// <summary><c>/v1/telemetry/groups</c>: the consumer groups of telemetry. They are read at <c>/v1/telemetry</c>.</summary>
internal sealed class GroupEndpoints(Gateway gateway, HttpHeadOptions options)
{
    private const string Tag = "Telemetry and events";

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/telemetry/groups", "listConsumerGroups", "Lists the consumer groups of telemetry.")
            {
                Tag = Tag,
                Right = Rights.TelemetryRead,
                Answers = [(200, typeof(ConsumerGroupPage), "Their names.")],
            },
            ListAsync);
        map.Add(
            new("GET", "/v1/telemetry/groups/{group}", "getConsumerGroup", "Shows how a consumer group stands.")
            {
                Tag = Tag,
                Right = Rights.TelemetryRead,
                Answers = [(200, typeof(ConsumerGroupView), "Its readers, and how far it has come.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetAsync);
        map.Add(
            new("DELETE", "/v1/telemetry/groups/{group}", "removeConsumerGroup", "Removes a consumer group with its checkpoints.")
            {
                Tag = Tag,
                Right = Rights.TelemetryRead,
                Details = "One that has readers is removed by an administrator only, and they end.",
                Answers = [(204, null, "It is gone.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Conflict],
            },
            RemoveAsync);
        map.Add(
            new("POST", "/v1/telemetry/groups/{group}/checkpoints", "checkpoint", "Says what a reader of a consumer group has dealt with.")
            {
                Tag = Tag,
                Right = Rights.TelemetryRead,
                Audit = AuditRule.None,
                Details = "In each partition that is meant everything up to the record is accepted and not handed out again; all of it or "
                    + "nothing. The reader's place in the group holds for a lease from now on.",
                Body = typeof(CheckpointCreation),
                Answers = [(204, null, "It is stored durably.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Expired, RefusalKind.TooLarge],
            },
            CheckpointAsync);
    }

    private async Task<IResult> ListAsync(HttpContext context) => Answers.Show(
        await gateway.Groups.ListAsync(Caller.Service(context)),
        static groups => new ConsumerGroupPage { Items = groups },
        RestanteJson.Plain.ConsumerGroupPage);

    private async Task<IResult> GetAsync(string group, HttpContext context) => Answers.Show(
        await gateway.Groups.FindAsync(Caller.Service(context), group), View, RestanteJson.Plain.ConsumerGroupView);

    private async Task<IResult> RemoveAsync(string group, HttpContext context) =>
        Answers.Done(await gateway.Groups.RemoveAsync(Caller.Service(context), group));

    private async Task<IResult> CheckpointAsync(string group, HttpContext context)
    {
        CheckpointCreation wish = await RequestBody.ReadJsonAsync(
            context.Request, RestanteJson.Plain.CheckpointCreation, options.MaxRegistryBodyBytes);
        if (wish.Reader is null || wish.Partitions is not { Count: > 0 } partitions || partitions.Any(static p => p is null))
            throw new MalformedRequestException(
                "A checkpoint needs the 'reader' and its 'partitions', each with 'partition' and 'sequenceNumber'.");
        (int, long)[] places = [.. partitions.Select(static p => (p.Partition, p.SequenceNumber))];
        return Answers.Done(await gateway.Groups.AcceptAsync(Caller.Service(context), group, wish.Reader, places));
    }

    private static ConsumerGroupView View(ConsumerGroupInfo group) => new()
    {
        Name = group.Name,
        Readers =
        [
            .. group.Readers.Select(static r => new GroupReaderView
            {
                Name = r.Name,
                Policy = r.Policy,
                IsPolling = r.IsPolling,
                Partitions = r.Partitions,
            }),
        ],
        Partitions =
        [
            .. group.Partitions.Select(static p => new GroupPartitionView
            {
                Partition = p.Partition,
                Reader = p.Reader,
                NextSequenceNumber = p.NextSequenceNumber,
                Behind = p.Behind,
                Skipped = p.Skipped,
            }),
        ],
    };
}
