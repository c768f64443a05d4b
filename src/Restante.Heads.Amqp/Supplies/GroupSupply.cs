using Restante.Amqp.Messaging;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using Restante.Heads.Amqp.Messages;

namespace Restante.Heads.Amqp.Supplies;

/// <summary>
/// The partitions of telemetry that a reader of a consumer group holds. Accepted and rejected both move the checkpoint; anything else gives
/// the record back, to be handed out again before anything new.
/// </summary>
/// <param name="peer">The connection.</param>
/// <param name="group">The group's name.</param>
/// <param name="partition">The one partition that is read; null to share all with the other readers.</param>
/// <param name="reader">What operators are shown.</param>
internal sealed class GroupSupply(AmqpPeer peer, string group, int? partition, string reader) : ISupply<GroupRecord>
{
    private GroupMembership? _member;

    public Signal News => _member!.News;

    public async ValueTask<Refusal?> OpenAsync()
    {
        Result<GroupMembership> joined = await peer.Gateway.Groups.JoinAsync(peer.Service!, group, reader, StreamStart.Earliest, partition);
        _member = joined.Value;
        return joined.Refusal;
    }

    public ValueTask<Result<IReadOnlyList<GroupRecord>>> TakeAsync(int max, int maxBytes) => _member!.ReadAsync(max, maxBytes);

    public bool IsOver(GroupRecord item, long nowMs) => false;

    public int BytesOf(GroupRecord item) => item.Record.Content.Length;

    public void Write(GroupRecord item, ref MessageWriter writer) =>
        StreamMessage.Write(StreamId.Telemetry(item.Partition), item.Record, item.Skipped, ref writer);

    public string TagOf(GroupRecord item) => StreamMessage.IdOf(StreamId.Telemetry(item.Partition), item.Record);

    public ValueTask<Result<bool>> SettleAsync(GroupRecord item, DeliveryState state, bool isAwaited)
    {
        if (state is not (Accepted or Rejected))
            return ValueTask.FromResult<Result<bool>>(_member!.Release(item));

        // Who does not wait for an answer leaves it to the next sweep to store the checkpoint.
        bool isOwn = _member!.Accept(item);
        return isOwn && isAwaited ? FlushAsync(item) : ValueTask.FromResult<Result<bool>>(isOwn);
    }

    public void GiveBack(GroupRecord item) => _member!.Release(item);

    public void Close() => _ = LeaveAsync();

    // Whoever waits is told that the record was given back when its checkpoint cannot be stored: so it is.
    private async ValueTask<Result<bool>> FlushAsync(GroupRecord item)
    {
        Result<bool> flushed = await _member!.FlushAsync();
        if (!flushed.IsSuccess)
            _member.TakeBack(item);
        return flushed;
    }

    private async Task LeaveAsync()
    {
        try
        {
            await _member!.LeaveAsync();
        }
#pragma warning disable CA1031 // Nobody waits for this; what fails here must not pass unseen.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            peer.Note(fault);
        }
    }
}
