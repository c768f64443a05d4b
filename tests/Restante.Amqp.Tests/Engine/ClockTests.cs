using Restante.Amqp.Tests.Peers;

namespace Restante.Amqp.Tests.Engine;

public sealed class ClockTests
{
    [Fact]
    public void Half_of_the_idle_timeout_is_announced()
    {
        var peer = new ScriptedPeer(ScriptedPeer.Settings() with { IdleTimeoutMs = 60_000 });
        peer.Send(Wire.AmqpHeader, Wire.Open());

        Assert.Equal(30_000u, peer.TakeOnly(0x10)[4]);
    }

    [Fact]
    [Spec("AMQP-2.4.5-b")]
    public void A_silent_peer_is_closed_and_then_cut_off()
    {
        var peer = new ScriptedPeer(ScriptedPeer.Settings() with { IdleTimeoutMs = 60_000, CloseTimeoutMs = 5_000 });
        peer.NowMs = 1_000;
        peer.Send(Wire.AmqpHeader, Wire.Open());
        peer.Take();
        Assert.Equal(61_000, peer.Connection.NextDeadlineMs);

        peer.Connection.Tick(60_999);
        Assert.Equal(AmqpConnectionState.Open, peer.Connection.State);
        peer.Connection.Tick(61_000);
        Assert.Equal("amqp:resource-limit-exceeded", peer.TakeOnly(0x18).Condition(0));
        Assert.Equal(66_000, peer.Connection.NextDeadlineMs);
        peer.Connection.Tick(66_000);

        Assert.True(peer.Connection.IsClosed);
        Assert.Equal("closed amqp:resource-limit-exceeded us", peer.Handler.Events[^1]);
        Assert.Equal(long.MaxValue, peer.Connection.NextDeadlineMs);
    }

    [Fact]
    public void A_heartbeat_from_the_peer_keeps_the_connection()
    {
        var peer = new ScriptedPeer(ScriptedPeer.Settings() with { IdleTimeoutMs = 60_000 });
        peer.Send(Wire.AmqpHeader, Wire.Open());
        peer.NowMs = 50_000;
        peer.Send(Wire.Frame(0, 0, []));

        peer.Connection.Tick(100_000);

        Assert.Equal(AmqpConnectionState.Open, peer.Connection.State);
        Assert.Equal(110_000, peer.Connection.NextDeadlineMs);
    }

    [Fact]
    [Spec("AMQP-2.4.5-a")]
    public void Heartbeats_are_sent_at_half_of_what_the_peer_asks_and_only_if_nothing_else_was()
    {
        var peer = new ScriptedPeer();
        peer.Send(Wire.AmqpHeader, Wire.Open(idleMs: 20_000));
        peer.Take();
        Assert.Equal(10_000, peer.Connection.NextDeadlineMs);

        peer.NowMs = 8_000;
        peer.Send(Wire.Begin());
        Assert.Equal(18_000, peer.Connection.NextDeadlineMs);
        peer.Connection.Tick(10_000);
        Assert.DoesNotContain(peer.Take(), frame => frame.Code == 0);
        peer.Connection.Tick(18_000);

        Assert.Equal(0ul, Assert.Single(peer.Take()).Code);
        Assert.Equal(28_000, peer.Connection.NextDeadlineMs);
    }

    [Fact]
    public void A_handshake_that_stalls_is_ended()
    {
        var peer = new ScriptedPeer(ScriptedPeer.Settings() with { HandshakeTimeoutMs = 10_000 });
        peer.Send(Wire.SaslHeader);
        Assert.Equal(10_000, peer.Connection.NextDeadlineMs);
        peer.Connection.Tick(10_000);

        Assert.True(peer.Connection.IsClosed);
    }

    [Fact]
    public void The_loss_of_the_transport_ends_everything_once()
    {
        ScriptedPeer peer = ScriptedPeer.Sending();
        peer.Connection.TransportClosed();
        peer.Connection.TransportClosed();

        Assert.Equal(["detached s  peer", "ended 0 ", "closed  peer"], peer.Handler.Events);
    }
}
