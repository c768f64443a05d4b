using System.Buffers;
using System.Buffers.Binary;
using Restante.Amqp.Sasl;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Peers;

/// <summary>Plays the other side of one engine, byte by byte if need be.</summary>
internal sealed class ScriptedPeer
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private byte[] _rest = [];
    private int _read;

    internal ScriptedPeer(AmqpSettings? settings = null, AmqpRole role = AmqpRole.Server)
    {
        Connection = new AmqpConnection(settings ?? Settings(), role, Handler, _output);
        Connection.Start(0);
    }

    internal RecordingHandler Handler { get; } = new();

    internal AmqpConnection Connection { get; }

    internal long NowMs { get; set; }

    internal List<SentFrame> Sent { get; } = [];

    internal List<byte[]> SentHeaders { get; } = [];

    internal ReadOnlySpan<byte> Output => _output.WrittenSpan;

    internal AmqpLink Link => Handler.Link;

    internal static AmqpSettings Settings() => new()
    {
        ContainerId = "restante",
        SaslMechanisms = [SaslMechanism.Plain, SaslMechanism.External, SaslMechanism.Anonymous],
        IdleTimeoutMs = 0,
        HandshakeTimeoutMs = 0,
        MaxFrameSize = 4096,
        MaxMessageSize = 10_000,
        MaxIncompleteBytes = 20_000,
        MaxUnsettledIncoming = 200,
        MaxUnsettledOutgoing = 200,
        IncomingWindow = 100,
        ChannelMax = 7,
        HandleMax = 7,
    };

    /// <summary>A peer that is open, with a session on channel 0.</summary>
    internal static ScriptedPeer InSession(AmqpSettings? settings = null, uint maxFrame = 65_536, uint inWindow = 1000)
    {
        var peer = new ScriptedPeer(settings);
        peer.Send(Wire.AmqpHeader, Wire.Open(maxFrame: maxFrame), Wire.Begin(inWindow: inWindow));
        peer.Take();
        peer.Handler.Events.Clear();
        return peer;
    }

    /// <summary>The same with a link on handle 0 that the engine receives on.</summary>
    internal static ScriptedPeer Sending(AmqpSettings? settings = null, byte sndMode = 2, byte rcvMode = 0, uint credit = 100)
    {
        ScriptedPeer peer = InSession(settings);
        peer.Handler.InitialCredit = credit;
        peer.Send(Wire.AttachSender("s", sndMode: sndMode, rcvMode: rcvMode));
        peer.Take();
        peer.Handler.Events.Clear();
        return peer;
    }

    /// <summary>The same with a link on handle 0 that the engine sends on.</summary>
    internal static ScriptedPeer Receiving(
        AmqpSettings? settings = null, byte sndMode = 2, byte rcvMode = 0, uint credit = 10, uint maxFrame = 65_536, uint inWindow = 1000)
    {
        ScriptedPeer peer = InSession(settings, maxFrame, inWindow);
        peer.Send(Wire.AttachReceiver("r", sndMode: sndMode, rcvMode: rcvMode), Wire.Flow(inWindow: inWindow, handle: 0, deliveryCount: 0, credit: credit));
        peer.Take();
        peer.Handler.Events.Clear();
        return peer;
    }

    /// <summary>Gives bytes to the engine as a connection loop would.</summary>
    internal void Send(params byte[][] parts)
    {
        _rest = [.. _rest, .. Wire.Join(parts)];
        Resume();
    }

    internal void Resume()
    {
        int used = Connection.Receive(_rest, NowMs);
        _rest = _rest[used..];
    }

    /// <summary>The frames written since the last look.</summary>
    internal List<SentFrame> Take()
    {
        var fresh = new List<SentFrame>();
        ReadOnlySpan<byte> bytes = _output.WrittenSpan;
        while (_read < bytes.Length)
        {
            ReadOnlySpan<byte> rest = bytes[_read..];
            if (rest.StartsWith("AMQP"u8))
            {
                SentHeaders.Add(rest[..8].ToArray());
                _read += 8;
                continue;
            }

            int size = BinaryPrimitives.ReadInt32BigEndian(rest);
            Assert.Equal(2, rest[4]);
            ushort channel = BinaryPrimitives.ReadUInt16BigEndian(rest[6..]);
            fresh.Add(Parse(rest[5], channel, rest[8..size]));
            _read += size;
        }

        Sent.AddRange(fresh);
        return fresh;
    }

    /// <summary>The only frame written since the last look that has this code.</summary>
    internal SentFrame TakeOnly(ulong code) => Assert.Single(Take(), frame => frame.Code == code);

    private static SentFrame Parse(byte type, ushort channel, ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
            return new SentFrame(type, channel, 0, [], []);
        var reader = new AmqpReader(body);
        var described = (DescribedValue)reader.ReadValue()!;
        return new SentFrame(type, channel, (ulong)described.Descriptor!, (List<object?>)described.Value!, reader.Rest.ToArray());
    }
}
