using System.Text;
using Restante.Amqp.Sasl;
using Restante.Amqp.Tests.Peers;

namespace Restante.Amqp.Tests.Engine;

public sealed class HandshakeTests
{
    [Fact]
    [Spec("AMQP-2.2-a", "AMQP-2.2-b", "AMQP-5.3.2-a", "AMQP-5.3.2-c", "AMQP-5.3.1-a", "AMQP-5.3.3-a", "AMQP-5.3.3-d", "AMQP-2.4.1-a")]
    [Spec("AMQP-2.7.1-a")]
    public void Plain_authenticates_and_the_amqp_header_and_open_follow()
    {
        var peer = new ScriptedPeer();
        peer.Send(Wire.SaslHeader);
        SentFrame mechanisms = peer.TakeOnly(0x40);
        peer.Send(Wire.Sasl(0x41, Wire.Sym("PLAIN"), Wire.Bin(Encoding.UTF8.GetBytes("\0u\0p")), Wire.Str("h")));
        SentFrame outcome = peer.TakeOnly(0x44);
        peer.Send(Wire.AmqpHeader, Wire.Open());
        SentFrame open = peer.TakeOnly(0x10);

        Assert.Equal(["PLAIN", "EXTERNAL", "ANONYMOUS"], ((Amqp.Types.AmqpArray)mechanisms[0]!).Items.Select(item => item!.ToString()));
        Assert.Equal((byte)0, outcome[0]);
        Assert.Equal(1, outcome.Type);
        Assert.Equal([Wire.SaslHeader, Wire.AmqpHeader], peer.SentHeaders);
        Assert.Equal("restante", open[0]);
        Assert.Equal(4096u, open[2]);
        Assert.Equal((ushort)7, open[3]);
        Assert.Equal(["sasl PLAIN 00750070 h", "opening peer host 65536 15 0"], peer.Handler.Events);
        Assert.Equal(AmqpConnectionState.Open, peer.Connection.State);
        Assert.Equal("PLAIN", peer.Connection.SaslMechanism?.Value);
    }

    [Fact]
    public void Bytes_are_not_taken_until_the_credential_check_is_done()
    {
        var peer = new ScriptedPeer();
        peer.Handler.Sasl = null;
        peer.Send(Wire.SaslHeader, Wire.Sasl(0x41, Wire.Sym("EXTERNAL"), Wire.Bin()), Wire.AmqpHeader, Wire.Open());
        Assert.True(peer.Connection.IsPaused);
        Assert.DoesNotContain(peer.Take(), frame => frame.Code == 0x44);

        peer.Connection.CompleteSasl(SaslCode.Ok);
        Assert.False(peer.Connection.IsPaused);
        peer.Resume();

        Assert.Equal(["44", "10"], peer.Take().Select(frame => frame.Code.ToString("x", null)));
    }

    [Fact]
    [Spec("AMQP-5.3.3-d")]
    public void A_refused_credential_gets_an_outcome_and_the_end()
    {
        var peer = new ScriptedPeer();
        peer.Handler.Sasl = _ => SaslCode.Auth;
        peer.Send(Wire.SaslHeader, Wire.Sasl(0x41, Wire.Sym("PLAIN"), Wire.Bin(0, 1, 0, 1)));

        Assert.Equal((byte)1, peer.Take()[^1][0]);
        Assert.True(peer.Connection.IsClosed);
        Assert.Equal("closed amqp:unauthorized-access us", peer.Handler.Events[^1]);
        Assert.Null(peer.Connection.SaslMechanism);
    }

    [Fact]
    [Spec("AMQP-5.3.3-b", "AMQP-5.3.2-b")]
    public void A_mechanism_that_was_not_offered_is_refused_without_asking_the_owner()
    {
        var peer = new ScriptedPeer();
        peer.Send(Wire.SaslHeader, Wire.Sasl(0x41, Wire.Sym("SCRAM-SHA-256"), Wire.Bin(1)));

        Assert.Equal((byte)1, peer.Take()[^1][0]);
        Assert.DoesNotContain(peer.Handler.Events, entry => entry.StartsWith("sasl", StringComparison.Ordinal));
    }

    [Fact]
    [Spec("AMQP-5.3.3-c")]
    public void Plain_without_an_initial_response_is_asked_for_it()
    {
        var peer = new ScriptedPeer();
        peer.Send(Wire.SaslHeader, Wire.Sasl(0x41, Wire.Sym("PLAIN")));
        Assert.Equal(0x42ul, peer.Take()[^1].Code);
        peer.Send(Wire.Sasl(0x43, Wire.Bin(0, 0x75, 0, 0x70)));

        Assert.Equal((byte)0, peer.TakeOnly(0x44)[0]);
        Assert.StartsWith("sasl PLAIN 00750070", peer.Handler.Events[0], StringComparison.Ordinal);
    }

    [Fact]
    [Spec("AMQP-2.2-a", "AMQP-2.2-b")]
    public void A_bare_amqp_header_is_answered_and_has_no_mechanism()
    {
        var peer = new ScriptedPeer();
        peer.Send(Wire.AmqpHeader, Wire.Open());

        Assert.Equal(AmqpConnectionState.Open, peer.Connection.State);
        Assert.Null(peer.Connection.SaslMechanism);
        peer.TakeOnly(0x10);
        Assert.Equal([Wire.AmqpHeader], peer.SentHeaders);
    }

    [Theory]
    [Spec("AMQP-2.2-c", "AMQP-2.2-d", "AMQP-5.2.1-a")]
    [InlineData("474554202f20485454502f312e31")] // an HTTP request
    [InlineData("414d515002010000")] // AMQP over TLS
    [InlineData("414d515000000901")] // AMQP 0-9-1
    [InlineData("16030100")] // a TLS record
    [InlineData("414d515003010001")] // SASL of another revision
    public void Another_protocol_is_answered_with_ours_and_the_end(string hex)
    {
        var peer = new ScriptedPeer();
        peer.Send(Wire.Hex(hex));

        Assert.Empty(peer.Take());
        Assert.Equal([Wire.SaslHeader], peer.SentHeaders);
        Assert.True(peer.Connection.IsClosed);
    }

    [Fact]
    [Spec("AMQP-2.2-c")]
    public void A_bare_header_is_refused_where_sasl_is_required()
    {
        var peer = new ScriptedPeer(ScriptedPeer.Settings() with { AllowBareAmqp = false });
        peer.Send(Wire.AmqpHeader);

        peer.Take();
        Assert.Equal([Wire.SaslHeader], peer.SentHeaders);
        Assert.True(peer.Connection.IsClosed);
    }

    [Fact]
    [Spec("AMQP-2.2-c", "AMQP-5.3.3-a")]
    public void A_sasl_header_is_answered_with_the_amqp_header_where_sasl_is_not_offered()
    {
        var peer = new ScriptedPeer(ScriptedPeer.Settings() with { SaslMechanisms = [] });
        peer.Send(Wire.SaslHeader);

        peer.Take();
        Assert.Equal([Wire.AmqpHeader], peer.SentHeaders);
        Assert.True(peer.Connection.IsClosed);
    }

    [Fact]
    [Spec("AMQP-2.4.1-a", "AMQP-2.4.3-a", "AMQP-2.4.4-a")]
    public void A_refused_open_is_an_open_and_a_close_with_the_error()
    {
        var peer = new ScriptedPeer();
        peer.Handler.Opening = (connection, _) => connection.Close(new AmqpError(AmqpConditions.UnauthorizedAccess, "no"));
        peer.Send(Wire.AmqpHeader, Wire.Open());

        List<SentFrame> sent = peer.Take();
        Assert.Equal([0x10ul, 0x18ul], sent.Select(frame => frame.Code));
        Assert.Equal("amqp:unauthorized-access", sent[1].Condition(0));
        Assert.Equal(AmqpConnectionState.Closing, peer.Connection.State);
        peer.Send(Wire.Close());
        Assert.True(peer.Connection.IsClosed);
    }

    [Fact]
    [Spec("AMQP-2.4.2-a")]
    public void Open_can_be_accepted_later_and_what_was_pipelined_is_taken_then()
    {
        var peer = new ScriptedPeer();
        peer.Handler.Opening = (_, _) => { };
        peer.Send(Wire.AmqpHeader, Wire.Open(), Wire.Begin());
        Assert.Empty(peer.Take());

        peer.Connection.AcceptOpen();
        peer.Resume();

        Assert.Equal([0x10ul, 0x11ul], peer.Take().Select(frame => frame.Code));
    }

    [Theory]
    [Spec("AMQP-2.4.3-c", "AMQP-5.3.2-c")]
    [InlineData("PLAIN")]
    [InlineData("EXTERNAL")]
    [InlineData("ANONYMOUS")]
    [InlineData("")]
    public void Client_and_server_meet(string mechanism)
    {
        SaslClientResponse? response = mechanism switch
        {
            "PLAIN" => SaslClientResponse.Plain("user", "secret"),
            "EXTERNAL" => SaslClientResponse.External,
            "ANONYMOUS" => SaslClientResponse.Anonymous,
            _ => null,
        };
        var pair = new EnginePair(ScriptedPeer.Settings() with { SaslClient = response, Hostname = "h" }, ScriptedPeer.Settings());
        pair.Pump();

        Assert.Equal(AmqpConnectionState.Open, pair.Client.State);
        Assert.Equal(AmqpConnectionState.Open, pair.Server.State);
        Assert.Equal(mechanism, pair.Server.SaslMechanism?.Value ?? string.Empty);
        Assert.Equal(["opened restante"], pair.ClientHandler.Events);

        pair.Client.Close();
        pair.Pump();
        Assert.Equal("closed  us", pair.ClientHandler.Events[^1]);
        Assert.Equal("closed  peer", pair.ServerHandler.Events[^1]);
    }

    [Fact]
    public void A_client_is_told_of_a_refusal_and_of_a_missing_mechanism()
    {
        AmqpSettings client = ScriptedPeer.Settings() with { SaslClient = SaslClientResponse.Plain("u", "p") };
        var refused = new EnginePair(client, ScriptedPeer.Settings());
        refused.ServerHandler.Sasl = _ => SaslCode.Auth;
        refused.Pump();
        var missing = new EnginePair(client, ScriptedPeer.Settings() with { SaslMechanisms = [SaslMechanism.External] });
        missing.Pump();

        Assert.Equal(["closed amqp:unauthorized-access peer"], refused.ClientHandler.Events);
        Assert.Equal(["closed amqp:not-implemented peer"], missing.ClientHandler.Events);
    }

    [Theory]
    [InlineData("", true, "", "u", "p")]
    [InlineData("z", true, "z", "u", "p")]
    public void Plain_responses_are_taken_apart(string authz, bool valid, string wantAuthz, string user, string password)
    {
        Assert.Equal(valid, PlainResponse.TryParse(Encoding.UTF8.GetBytes($"{authz}\0{user}\0{password}"), out PlainResponse plain));
        Assert.Equal(wantAuthz, Encoding.UTF8.GetString(plain.AuthorizationId));
        Assert.Equal(user, Encoding.UTF8.GetString(plain.AuthenticationId));
        Assert.Equal(password, Encoding.UTF8.GetString(plain.Password));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("007500")]
    [InlineData("0000")]
    [InlineData("0075007000")]
    [InlineData("7570")]
    public void Other_responses_are_not_plain(string hex) =>
        Assert.Equal(hex == "007500", PlainResponse.TryParse(Wire.Hex(hex), out _));
}
