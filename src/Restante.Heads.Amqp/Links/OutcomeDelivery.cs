using System.Globalization;
using System.Text;
using System.Text.Json;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Mailboxes;
using Restante.Core.Outcomes;
using Restante.Core.Refusals;
using Restante.Core.Signals;

namespace Restante.Heads.Amqp.Links;

/// <summary>A service receives outcomes, in competition with others on the same address. What it does not settle goes to another.</summary>
internal sealed class OutcomeDelivery(AmqpPeer peer, AmqpLink link, string reader) : HeadLink(peer, link), IWakeable
{
    private readonly Dictionary<long, OutcomeRecord> _unsettled = [];
    private readonly Queue<OutcomeRecord> _ready = new();
    private OutcomeReader? _reader;
    private int _wakePosted;
    private bool _taking;
    private bool _again;

    public override void Attach(Attach attach)
    {
        _reader = Peer.Gateway.Outcomes.Reader(reader);
        Peer.Gateway.Outcomes.Added.Add(this);
        Source source = (attach.Source ?? new Source()) with { Filter = null };
        Link.Accept(new LinkAnswer { Source = source, Target = attach.Target });
        Pump();
    }

    public override void Progress() => Pump();

    public override void Disposed(DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
        if (context.Reference is not OutcomeRecord outcome || (state is null && !settled) || state is { IsTerminal: false })
            return;
        if (state is Accepted or Rejected)
        {
            Accept(outcome, settled ? null : number, state);
        }
        else
        {
            GiveBack(outcome);
            if (!settled)
                Link.Settle(number, state);
        }

        Pump();
    }

    public override void Detached()
    {
        Peer.Gateway.Outcomes.Added.Remove(this);
        if (_unsettled.Count == 0)
            return;
        foreach (OutcomeRecord outcome in _unsettled.Values)
            _reader!.Release(outcome);
        _unsettled.Clear();
        _ready.Clear();
        Peer.Gateway.Outcomes.Added.Pulse();
    }

    public void Wake()
    {
        if (Interlocked.Exchange(ref _wakePosted, 1) != 0)
            return;
        Peer.Connection.Post(
            this,
            static (_, link) =>
            {
                Volatile.Write(ref link._wakePosted, 0);
                link._again = true;
                link.Pump();
                link.Peer.AfterWork();
            });
    }

    private void Pump()
    {
        if (_reader is null || !Link.IsAttached || !SendReady() || _taking)
            return;
        int wanted = (int)Math.Min(Link.Credit, (uint)Math.Max(0, Math.Min(100, Peer.Options.MaxUnsettledPerLink - _unsettled.Count)));
        if (wanted == 0 || !Link.CanSend)
            return;
        _taking = true;
        _again = false;
        Peer.Await(_reader.TakeAsync(wanted), this, static (_, result, link) => link.Taken(result));
    }

    private void Taken(Result<IReadOnlyList<OutcomeRecord>> result)
    {
        _taking = false;
        if (!result.IsSuccess)
            return;
        foreach (OutcomeRecord outcome in result.Value)
        {
            if (!Link.IsAttached)
            {
                _reader!.Release(outcome);
                continue;
            }

            _unsettled[outcome.Number] = outcome;
            _ready.Enqueue(outcome);
        }

        if (result.Value.Count > 0 || _again)
            Pump();
        else if (Link.IsDraining)
            Link.Drained();
    }

    private bool SendReady()
    {
        while (_ready.Count > 0)
        {
            if (Peer.IsOutputHigh)
            {
                Peer.WaitForOutput(this);
                return false;
            }

            OutcomeRecord outcome = _ready.Peek();
            SendResult sent = Send(outcome);
            if (!sent.IsSent)
                return false;
            _ready.Dequeue();
            if (sent.IsSettled)
                Accept(outcome, null, null);
        }

        return true;
    }

    private void Accept(OutcomeRecord outcome, DeliveryNumber? number, DeliveryState? state)
    {
        _unsettled.Remove(outcome.Number);
        Peer.Await(
            _reader!.AcceptAsync(outcome.Number),
            (Link: this, number, state),
            static (_, _, s) =>
            {
                if (s.number is DeliveryNumber open)
                    s.Link.Link.Settle(open, s.state);
            });
    }

    private void GiveBack(OutcomeRecord outcome)
    {
        if (!_unsettled.Remove(outcome.Number))
            return;
        _reader!.Release(outcome);
        Peer.Gateway.Outcomes.Added.Pulse();
    }

    private SendResult Send(OutcomeRecord outcome)
    {
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
            Span<byte> tag = stackalloc byte[20];
            int length = Encoding.ASCII.GetBytes(outcome.Number.ToString(CultureInfo.InvariantCulture), tag);
            return Link.Send(tag[..length], buffer.WrittenSpan, settled: false, new DeliveryContext(outcome, 0));
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
