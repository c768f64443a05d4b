using System.Text;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Reports;
using Restante.Core.Signals;
using Restante.Heads.Amqp.Messages;

namespace Restante.Heads.Amqp.Links;

/// <summary>A service follows the reports on one command from a number on. It keeps its own place: settling says nothing.</summary>
/// <param name="peer">The connection.</param>
/// <param name="link">The engine's link.</param>
/// <param name="command">The command.</param>
/// <param name="from">The first number wanted.</param>
/// <param name="applied">The filters that are honoured; null for none.</param>
internal sealed class ReportDelivery(AmqpPeer peer, AmqpLink link, Sequence command, int from, AmqpMap? applied) : HeadLink(peer, link)
{
    private const int MaxReportsPerRead = 100;
    private const int MaxBytesPerRead = 256 * 1024;

    private readonly Queue<ReportRecord> _ready = new();
    private SignalHold? _followed;
    private int _next = from;
    private bool _reading;
    private bool _news = true;

    public override void Attach(Attach attach)
    {
        _followed = Peer.Gateway.Reports.Follow(command);
        _followed.Signal.Add(this);

        // Whether there is such a command is found out by reading.
        Peer.Await(
            Peer.Gateway.Reports.ReadAsync(Peer.Service!, command, _next, 1),
            (Link: this, attach),
            static (_, result, state) => state.Link.Found(result, state.attach));
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
        _followed?.Signal.Remove(this);
        _followed?.Dispose();
    }

    protected override bool TryForget()
    {
        _next = _ready.Peek().Number;
        foreach (ReportRecord report in _ready)
            CountGone(report.Content.Length);
        _ready.Clear();
        _news = true;
        return true;
    }

    private void Found(Result<IReadOnlyList<ReportRecord>> result, Attach attach)
    {
        if (IsOver)
            return;
        if (!result.IsSuccess)
        {
            Peer.Gateway.Metrics.Refused(result.Refusal.Kind);
            Link.Refuse(RefusalMap.Error(result.Refusal));
            return;
        }

        Source source = (attach.Source ?? new Source()) with { Filter = applied };
        applied = null;
        Link.Accept(new LinkAnswer { Source = source, Target = attach.Target });
        Pump();
    }

    private void Pump()
    {
        if (IsOver || !Link.IsAttached || !SendReady() || _reading)
            return;
        int wanted = Room(Link.UnsettledCount, MaxReportsPerRead);
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
            Peer.Gateway.Reports.ReadAsync(Peer.Service!, command, _next, wanted, MaxBytesPerRead),
            this,
            static (_, result, link) => link.HasRead(result));
    }

    private void HasRead(Result<IReadOnlyList<ReportRecord>> result)
    {
        _reading = false;
        EndRead();
        if (IsOver)
            return;
        if (!result.IsSuccess)
        {
            Peer.Gateway.Metrics.Refused(result.Refusal.Kind);
            if (result.Refusal.Kind != RefusalKind.Unavailable)
            {
                End(RefusalMap.Error(result.Refusal));
                return;
            }

            _news = true;
            Pause();
        }

        foreach (ReportRecord report in result.Value ?? [])
        {
            _ready.Enqueue(report);
            CountRead(report.Content.Length);
            _next = report.Number + 1;
            _news = true; // Perhaps there are more.
        }

        Pump();
    }

    // True when nothing that was read is left to be sent.
    private bool SendReady() => SendAll(
        _ready,
        this,
        static (link, next) => link.Send(next),
        static next => $"Report {next.Number}",
        static next => next.Content.Length);

    private SendResult Send(ReportRecord report)
    {
        var buffer = OutputSpace.Rent();
        var writer = new MessageWriter(buffer);
        try
        {
            ReportMessage.Write(report, ref writer);
            Span<byte> tag = stackalloc byte[32];
            int length = Encoding.ASCII.GetBytes(report.Number.ToString(System.Globalization.CultureInfo.InvariantCulture), tag);
            return Link.Send(tag[..length], buffer.WrittenSpan, settled: false);
        }
        finally
        {
            writer.Dispose();
        }
    }
}
