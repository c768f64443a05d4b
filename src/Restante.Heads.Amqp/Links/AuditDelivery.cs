using System.Globalization;
using System.Text;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Audit;
using Restante.Core.Refusals;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// A service reads the audit log from a number on. It keeps its own place: settling says nothing. Entries that retention had dropped before
/// it came to them are counted on the next message.
/// </summary>
/// <param name="peer">The connection.</param>
/// <param name="link">The engine's link.</param>
/// <param name="from">The first number wanted.</param>
/// <param name="applied">The filters that are honoured; null for none.</param>
internal sealed class AuditDelivery(AmqpPeer peer, AmqpLink link, int from, AmqpMap? applied) : HeadLink(peer, link)
{
    private const int MaxEntriesPerRead = 200;
    private const int MaxBytesPerRead = 256 * 1024;

    private readonly Queue<(AuditRecord Record, long Skipped)> _ready = new();
    private long _next = from;
    private long _skippedBefore;
    private bool _reading;
    private bool _news = true;

    public override void Attach(Attach attach)
    {
        Peer.Gateway.Audit.Added.Add(this);
        Source source = (attach.Source ?? new Source()) with { Filter = applied };
        applied = null;
        Link.Accept(new LinkAnswer { Source = source, Target = attach.Target });
        Pump();
    }

    public override void Progress() => Pump();

    public override void Disposed(DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
        if (!settled && state is { IsTerminal: true })
            Link.Settle(number, Plain(state));
        Pump();
    }

    protected override void Noticed() => _news = true;

    protected override void Ended()
    {
        _ready.Clear();
        Peer.Gateway.Audit.Added.Remove(this);
    }

    protected override bool TryForget()
    {
        _next = _ready.Peek().Record.Number;
        _skippedBefore += _ready.Peek().Skipped;
        foreach ((AuditRecord record, _) in _ready)
            CountGone(record.Line.Length);
        _ready.Clear();
        _news = true;
        return true;
    }

    private void Pump()
    {
        if (IsOver || !SendReady() || _reading)
            return;
        int wanted = Room(Link.UnsettledCount, MaxEntriesPerRead);
        if (wanted == 0)
            return;
        if (!_news)
        {
            Link.Drained();
            return;
        }

        if (!TryRead(wanted, MaxBytesPerRead))
            return;
        _reading = true;
        _news = false;
        Peer.Await(
            Peer.Gateway.Audit.ReadAsync(_next - 1, wanted, MaxBytesPerRead), this, static (_, result, link) => link.HasRead(result));
    }

    private void HasRead(Result<AuditPage> result)
    {
        _reading = false;
        EndRead();
        if (IsOver)
            return;
        if (!result.IsSuccess)
        {
            Peer.Gateway.Metrics.Refused(result.Refusal.Kind);
            _news = true;
            Pause(); // It is unavailable, as nothing else can be wrong.
            Pump();
            return;
        }

        long skipped = result.Value.Skipped + _skippedBefore;
        if (result.Value.Records.Count > 0)
            _skippedBefore = 0;
        foreach (AuditRecord record in result.Value.Records)
        {
            _ready.Enqueue((record, skipped));
            CountRead(record.Line.Length);
            skipped = 0;
            _next = record.Number + 1;
            _news = true; // Perhaps there are more.
        }

        Pump();
    }

    // True when nothing that was read is left to be sent.
    private bool SendReady() => SendAll(
        _ready,
        this,
        static (link, next) => link.Send(next.Record, next.Skipped),
        static next => string.Create(CultureInfo.InvariantCulture, $"Entry {next.Record.Number}"),
        static next => next.Record.Line.Length);

    private SendResult Send(AuditRecord record, long skipped)
    {
        var buffer = OutputSpace.Rent();
        var writer = new MessageWriter(buffer);
        try
        {
            CompoundScope annotations = writer.BeginMap(SectionKind.MessageAnnotations);
            writer.Entry(Annotations.SequenceNumber, record.Number);
            if (skipped > 0)
                writer.Entry(Annotations.Skipped, skipped);
            writer.EndMap(annotations);
            writer.WriteProperties(new MessageProperties
            {
                MessageId = string.Create(CultureInfo.InvariantCulture, $"audit-{record.Number}"),
                ContentType = "application/json",
            });
            writer.WriteData(record.Line.Span);
            Span<byte> tag = stackalloc byte[32];
            int length = Encoding.ASCII.GetBytes(record.Number.ToString(CultureInfo.InvariantCulture), tag);
            return Link.Send(tag[..length], buffer.WrittenSpan, settled: false);
        }
        finally
        {
            writer.Dispose();
        }
    }
}
