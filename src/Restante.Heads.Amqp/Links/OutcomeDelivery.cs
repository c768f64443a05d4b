using System.Globalization;
using System.Text;
using System.Text.Json;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Feeds;
using Restante.Core.Mailboxes;
using Restante.Core.Outcomes;
using Restante.Core.Refusals;

namespace Restante.Heads.Amqp.Links;

/// <summary>A service receives outcomes, in competition with others on the same address. What it does not settle goes to another.</summary>
/// <param name="peer">The connection.</param>
/// <param name="link">The engine's link.</param>
/// <param name="policy">
/// The policy whose own reader is wanted; null for the reader that all services share. It must exist, which bounds how many readers there are.
/// </param>
internal sealed class OutcomeDelivery(AmqpPeer peer, AmqpLink link, string? policy) : HeadLink(peer, link)
{
    private const int MaxOutcomesPerTake = 100;

    private static readonly object s_over = new();

    private readonly HashSet<TakenItem<OutcomeRecord>> _unsettled = [];
    private readonly Queue<TakenItem<OutcomeRecord>> _ready = new();
    private FeedReader<OutcomeRecord>? _reader;
    private DeliveryState? _defaultOutcome;

    /// <summary>What was taken and not yet seen by a turn; a mark once the link is over. Written by turns and by who took them.</summary>
    private object? _arrived;

    private int _accepting;
    private bool _taking;
    private bool _again;

    public override void Attach(Attach attach)
    {
        if (policy is null)
        {
            Grant(attach);
            return;
        }

        Peer.Await(
            Peer.Gateway.Policies.FindAsync(policy),
            (Link: this, attach),
            static (_, result, state) => state.Link.Found(result, state.attach));
    }

    public override void Progress() => Pump();

    public override void Disposed(DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
        if (state is null or { IsTerminal: false })
        {
            if (!settled)
                return;
            state = _defaultOutcome ?? Released.Instance; // [AMQP 3.4, 3.5.3] Settled without an outcome: the source's default.
        }

        // What is not in the table any more is being answered already.
        if (context.Reference is TakenItem<OutcomeRecord> outcome && _unsettled.Remove(outcome))
        {
            if (state is Accepted or Rejected)
            {
                Accept(outcome, settled ? null : number, state);
            }
            else
            {
                _reader!.Release(outcome);
                if (!settled)
                    Link.Settle(number, Plain(state));
            }
        }

        Pump();
    }

    protected override void Ended()
    {
        Peer.Gateway.Outcomes.Added.Remove(this);
        if (Interlocked.Exchange(ref _arrived, s_over) is IReadOnlyList<TakenItem<OutcomeRecord>> arrived)
            Release(arrived);
        Release([.. _unsettled]);
        _unsettled.Clear();
        _ready.Clear();
    }

    protected override void Noticed() => _again = true;

    private void Found(Result<PolicyRecord> result, Attach attach)
    {
        if (IsOver)
            return;
        if (result.IsSuccess)
        {
            Grant(attach);
            return;
        }

        Peer.Gateway.Metrics.Refused(result.Refusal.Kind);
        Link.Refuse(RefusalMap.Error(result.Refusal));
    }

    private void Grant(Attach attach)
    {
        _reader = Peer.Gateway.Outcomes.Reader(policy is null ? OutcomeFeed.SharedReader : OutcomeFeed.ReaderOf(policy));
        _defaultOutcome = attach.Source?.DefaultOutcome;
        Peer.Gateway.Outcomes.Added.Add(this);
        Source source = (attach.Source ?? new Source()) with { Filter = null };
        Link.Accept(new LinkAnswer { Source = source, Target = attach.Target });
        Pump();
    }

    private void Pump()
    {
        if (IsOver || _reader is null || !SendReady() || _taking)
            return;
        int wanted = Room(_unsettled.Count + _accepting, MaxOutcomesPerTake);
        if (wanted == 0)
            return;
        _taking = true;
        _again = false;
        Peer.Await(TakeAsync(wanted), this, static (_, result, link) => link.Taken(result));
    }

    private async ValueTask<Result<IReadOnlyList<TakenItem<OutcomeRecord>>>> TakeAsync(int wanted)
    {
        Result<IReadOnlyList<TakenItem<OutcomeRecord>>> result = await _reader!.TakeAsync(wanted);

        // The link or its whole connection may have ended meanwhile; then nobody else gives them back.
        if (result.IsSuccess && Interlocked.CompareExchange(ref _arrived, result.Value, null) is not null)
            Release(result.Value);
        return result;
    }

    private void Taken(Result<IReadOnlyList<TakenItem<OutcomeRecord>>> result)
    {
        _taking = false;
        if (IsOver)
            return;
        Volatile.Write(ref _arrived, null);
        if (!result.IsSuccess)
        {
            Peer.Gateway.Metrics.Refused(result.Refusal.Kind);
            Pause();
            Pump();
            return;
        }

        foreach (TakenItem<OutcomeRecord> outcome in result.Value)
        {
            _unsettled.Add(outcome);
            _ready.Enqueue(outcome);
        }

        if (result.Value.Count > 0 || _again)
            Pump();
        else
            Link.Drained();
    }

    // True when nothing that was taken is left to be sent.
    private bool SendReady()
    {
        while (_ready.Count > 0)
        {
            if (Peer.IsOutputHigh)
            {
                Peer.WaitForOutput(this);
                return false;
            }

            TakenItem<OutcomeRecord> outcome = _ready.Peek();
            SendResult sent = Send(outcome);
            if (sent.Status == SendStatus.TooLarge)
            {
                End(new AmqpError(AmqpConditions.MessageSizeExceeded, $"The outcome {outcome.Number} is larger than the link allows."));
                return false;
            }

            if (sent.Status == SendStatus.NoCredit)
            {
                GiveReadyBack();
                return true;
            }

            if (!sent.IsSent)
                return false;
            _ready.Dequeue();
            if (sent.IsSettled)
            {
                _unsettled.Remove(outcome);
                Accept(outcome, null, Accepted.Instance);
            }
        }

        return true;
    }

    // The peer took its credit back while the store was asked; others may have some.
    private void GiveReadyBack()
    {
        TakenItem<OutcomeRecord>[] ready = [.. _ready];
        _ready.Clear();
        foreach (TakenItem<OutcomeRecord> outcome in ready)
            _unsettled.Remove(outcome);
        Release(ready);
    }

    private void Release(IReadOnlyList<TakenItem<OutcomeRecord>> outcomes)
    {
        foreach (TakenItem<OutcomeRecord> outcome in outcomes)
            _reader!.Release(outcome);
    }

    private void Accept(TakenItem<OutcomeRecord> outcome, DeliveryNumber? number, DeliveryState state)
    {
        _accepting++;
        Peer.Await(
            AcceptAsync(_reader!, outcome),
            (Link: this, number, state),
            static (_, result, s) => s.Link.HasAccepted(result, s.number, s.state));
    }

    // Whoever waits for it may be gone when the store refuses; the outcome is given back all the same.
    private static async ValueTask<Result<bool>> AcceptAsync(FeedReader<OutcomeRecord> reader, TakenItem<OutcomeRecord> outcome)
    {
        bool done = false;
        try
        {
            Result<bool> result = await reader.AcceptAsync(outcome);
            done = result.IsSuccess;
            return result;
        }
        finally
        {
            if (!done)
                reader.Release(outcome);
        }
    }

    private void HasAccepted(Result<bool> result, DeliveryNumber? number, DeliveryState state)
    {
        _accepting--;
        if (!result.IsSuccess)
        {
            // It was given back and would come again at once, to be refused again.
            Peer.Gateway.Metrics.Refused(RefusalKind.Unavailable);
            Pause();
        }

        if (number is DeliveryNumber open)
            Link.Settle(open, result is { IsSuccess: true, Value: true } ? Plain(state) : Released.Instance); // [AMQP 2.8.3]
        Pump();
    }

    private SendResult Send(TakenItem<OutcomeRecord> taken)
    {
        OutcomeRecord outcome = taken.Item;
        var buffer = OutputSpace.Rent();
        var writer = new MessageWriter(buffer);
        try
        {
            writer.WriteHeader(new MessageHeader { Durable = true });
            CompoundScope annotations = writer.BeginMap(SectionKind.MessageAnnotations);
            writer.Entry(Annotations.SequenceNumber, outcome.Number);
            writer.Entry(Annotations.EnqueuedTime, new AmqpTimestamp(outcome.AtMs));
            writer.EndMap(annotations);
            writer.WriteProperties(new MessageProperties
            {
                MessageId = $"outcome-{outcome.Number}",
                CorrelationId = outcome.MessageId ?? outcome.Sequence.ToString(),
                Subject = outcome.Outcome.Name(),
                ContentType = "application/json",
                CreationTime = new AmqpTimestamp(outcome.AtMs),
            });
            CompoundScope properties = writer.BeginMap(SectionKind.ApplicationProperties);
            writer.Entry("outcome", outcome.Outcome.Name());
            writer.Entry("device", outcome.Device.Value);
            writer.Entry("command-id", outcome.Sequence.ToString());
            writer.Entry("delivery-count", (object)outcome.DeliveryCount);
            if (outcome.Reason is not null)
                writer.Entry("reason", outcome.Reason);
            writer.EndMap(properties);
            writer.WriteData(Json(outcome));
            Span<byte> tag = stackalloc byte[32];
            int length = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{taken.Number}-{taken.HandOut}"), tag);
            return Link.Send(tag[..length], buffer.WrittenSpan, settled: false, new DeliveryContext(taken, 0));
        }
        finally
        {
            writer.Dispose();
        }
    }

    private static ReadOnlySpan<byte> Json(OutcomeRecord outcome)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("commandId", outcome.Sequence.ToString());
            json.WriteString("messageId", outcome.MessageId);
            json.WriteString("device", outcome.Device.Value);
            json.WriteString("outcome", outcome.Outcome.Name());
            json.WriteString("reason", outcome.Reason);
            json.WriteNumber("deliveryCount", outcome.DeliveryCount);
            json.WriteString("enqueuedAt", DateTimeOffset.FromUnixTimeMilliseconds(outcome.EnqueuedAtMs));
            json.WriteString("at", DateTimeOffset.FromUnixTimeMilliseconds(outcome.AtMs));
            json.WriteEndObject();
        }

        return output.WrittenSpan;
    }
}
