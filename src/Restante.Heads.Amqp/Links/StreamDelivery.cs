using System.Text;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Core.Streams;
using Restante.Heads.Amqp.Messages;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// A service reads telemetry partitions, or the events. The reader keeps its own place: settling says nothing, and a message is read again
/// by attaching at its offset. Records dropped by retention before the reader came to them are counted on the next message.
/// </summary>
internal sealed class StreamDelivery : HeadLink
{
    private const int MaxBytesPerRead = 256 * 1024;
    private const int MaxRecordsPerRead = 200;

    private readonly StreamId[] _streams;
    private readonly StreamStart _start;
    private readonly long[] _next;
    private readonly long[] _missed;
    private readonly Queue<(StreamId Stream, StreamRecord Record, long Skipped)> _ready = new();
    private AmqpMap? _applied;
    private int _turn;
    private int _idle;
    private int _located;
    private bool _reading;
    private bool _news;
    private bool _listening;

    public StreamDelivery(AmqpPeer peer, AmqpLink link, StreamId[] streams, StreamStart start, AmqpMap? applied)
        : base(peer, link)
    {
        _streams = streams;
        _start = start;
        _applied = applied;
        _next = new long[streams.Length];
        _missed = new long[streams.Length];
    }

    public override void Attach(Attach attach) => Locate(attach);

    public override void Progress() => Pump();

    public override void Disposed(DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
        if (!settled && state is { IsTerminal: true })
            Link.Settle(number, Plain(state));
        Pump();
    }

    protected override void Ended()
    {
        _ready.Clear();
        if (!_listening)
            return;
        foreach (StreamId stream in _streams)
            SignalOf(stream).Remove(this);
    }

    protected override void Noticed()
    {
        _idle = 0;
        _news = true;
    }

    private Signal SignalOf(StreamId stream) =>
        stream.IsEvents ? Peer.Gateway.Events.Added : Peer.Gateway.Telemetry.Added(stream.Value);

    private void Locate(Attach attach) =>
        Peer.Await(
            Peer.Gateway.Telemetry.FindAsync(_streams[_located], _start),
            (Link: this, attach),
            static (_, result, state) => state.Link.Located(result, state.attach));

    private void Located(Result<long> result, Attach attach)
    {
        if (IsOver)
            return;
        if (!result.IsSuccess)
        {
            Peer.Gateway.Metrics.Refused(result.Refusal.Kind);
            Link.Refuse(RefusalMap.Error(result.Refusal));
            return;
        }

        _next[_located++] = result.Value;
        if (_located < _streams.Length)
        {
            Locate(attach);
            return;
        }

        _listening = true;
        foreach (StreamId stream in _streams)
            SignalOf(stream).Add(this);
        Source source = (attach.Source ?? new Source()) with { Filter = _applied };
        _applied = null;
        Link.Accept(new LinkAnswer { Source = source, Target = attach.Target });
        Pump();
    }

    private void Pump()
    {
        if (IsOver || !SendReady() || _reading)
            return;
        int wanted = Room(Link.UnsettledCount, MaxRecordsPerRead);
        if (wanted == 0)
            return;
        if (_idle >= _streams.Length)
        {
            Link.Drained();
            return;
        }

        if (!TryRead(wanted, MaxBytesPerRead))
            return;
        _reading = true;
        _news = false;
        int at = _turn;
        Peer.Await(
            Peer.Gateway.Telemetry.ReadAsync(Peer.Service!, _streams[at], _next[at], wanted, MaxBytesPerRead),
            (Link: this, at),
            static (_, result, state) => state.Link.HasRead(result, state.at));
    }

    private void HasRead(Result<StreamBatch> result, int at)
    {
        _reading = false;
        EndRead();
        if (IsOver)
            return;
        if (!result.IsSuccess)
        {
            Peer.Gateway.Metrics.Refused(result.Refusal.Kind);
            if (result.Refusal.Kind == RefusalKind.Unavailable)
            {
                Pause();
                Pump();
            }
            else
            {
                End(RefusalMap.Error(result.Refusal));
            }

            return;
        }

        StreamBatch batch = result.Value;
        _missed[at] += batch.SkippedByRetention;
        foreach (StreamRecord record in batch.Records)
        {
            _ready.Enqueue((_streams[at], record, _missed[at]));
            CountRead(record.Content.Length);
            _missed[at] = 0;
        }

        _next[at] = batch.NextSequenceNumber;

        // An empty read says nothing of what was added while it was under way.
        _idle = batch.Records.Count > 0 || batch.IsUnfinished || _news ? 0 : _idle + 1;
        _turn = (_turn + 1) % _streams.Length;
        Pump();
    }

    // Each stream is read again from the first record that was not sent.
    protected override bool TryForget()
    {
        foreach ((StreamId stream, StreamRecord record, long skipped) in _ready.Reverse())
        {
            int at = Array.IndexOf(_streams, stream);
            _next[at] = record.SequenceNumber;
            _missed[at] += skipped;
            CountGone(record.Content.Length);
        }

        _ready.Clear();
        _idle = 0;
        return true;
    }

    // True when nothing that was read is left to be sent.
    private bool SendReady() => SendAll(
        _ready,
        this,
        static (link, next) => link.Send(next.Stream, next.Record, next.Skipped),
        static next => $"The record {next.Record.SequenceNumber}",
        static next => next.Record.Content.Length);

    private SendResult Send(StreamId stream, StreamRecord record, long skipped)
    {
        var buffer = OutputSpace.Rent();
        var writer = new MessageWriter(buffer);
        try
        {
            StreamMessage.Write(stream, record, skipped, ref writer);
            Span<byte> tag = stackalloc byte[32];
            int length = Encoding.ASCII.GetBytes(StreamMessage.IdOf(stream, record), tag);
            return Link.Send(tag[..length], buffer.WrittenSpan, settled: false);
        }
        finally
        {
            writer.Dispose();
        }
    }
}
