using System.Buffers;
using Restante.Simulation.Tests.Network;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Peers;

/// <summary>
/// The other end of a connection. Bytes are given to its engine frame by frame, so that it is known of each thing the gateway said when the
/// gateway had written it.
/// </summary>
internal abstract class Peer : IBufferWriter<byte>
{
    private const long TickMs = 1_000;

    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly Queue<byte[]> _unsent = new();
    private byte[] _rest = [];
    private bool _deaf;
    private bool _pumping;

    protected Peer(Life world, Wire wire)
    {
        World = world;
        Wire = wire;
        wire.ToPeer.Arrived = PumpSoon;
        wire.ToGateway.Emptied = PumpSoon;
        Tick();
    }

    public Wire Wire { get; }

    public bool IsGone { get; private set; }

    protected Life World { get; }

    protected long NowMs => World.Timeline.NowMs;

    /// <summary>The gateway had written what is being read now by then.</summary>
    protected Mark Said => Wire.Marks.At(Consumed);

    /// <summary>The bytes of the gateway that were read, with the frame at hand.</summary>
    private long Consumed { get; set; }

    protected abstract int BytesNeeded { get; }

    protected abstract bool WantsBytes { get; }

    /// <summary>The engine has ended: what it wrote is sent, then the connection ends.</summary>
    protected abstract bool IsOver { get; }

    /// <summary>Does something with the engine and sends what it wrote.</summary>
    public void Do(Action act)
    {
        if (IsGone)
            return;
        act();
        Send();
    }

    /// <summary>Does not read for a while.</summary>
    public void BeDeaf(long forMs)
    {
        _deaf = true;
        World.Timeline.After(forMs, World, () =>
        {
            _deaf = false;
            PumpSoon();
        });
    }

    /// <summary>Gives the connection up, and the other end hears of it.</summary>
    public void Cut()
    {
        if (!IsGone)
            Wire.Cut();
        Leave();
    }

    /// <summary>Forgets the connection without a word.</summary>
    public void Leave()
    {
        if (IsGone)
            return;
        IsGone = true;
        Ended();
    }

    void IBufferWriter<byte>.Advance(int count) => _output.Advance(count);

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => _output.GetMemory(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => _output.GetSpan(sizeHint);

    protected abstract int Receive(ReadOnlySpan<byte> bytes);

    protected abstract void TimePassed(long nowMs);

    protected abstract void Ended();

    private void Tick()
    {
        if (IsGone)
            return;
        World.Timeline.After(TickMs, World, () =>
        {
            Do(() => TimePassed(NowMs));
            Tick();
        });
    }

    private void PumpSoon()
    {
        if (_pumping || IsGone)
            return;
        _pumping = true;
        World.Timeline.Soon(World, Pump);
    }

    private void Pump()
    {
        _pumping = false;
        if (IsGone)
            return;
        if (Wire.ToPeer.IsReset)
        {
            Leave();
            return;
        }

        if (!_deaf)
            Read();
        if (IsGone)
            return;
        Send();
        if (Wire.ToPeer is { IsFinished: true, Readable: 0 })
        {
            Wire.ToGateway.Finish();
            Leave();
        }
    }

    private void Read()
    {
        byte[] bytes = new byte[_rest.Length + Wire.ToPeer.Readable];
        _rest.CopyTo(bytes, 0);
        Wire.ToPeer.Read(bytes.AsSpan(_rest.Length));
        int at = 0;
        while (!IsOver && WantsBytes)
        {
            int needed = Math.Max(BytesNeeded, 1);
            if (bytes.Length - at < needed)
                break;
            Consumed += needed;
            int used = Receive(bytes.AsSpan(at, needed));
            Consumed -= needed - used;
            at += used;
        }

        _rest = bytes[at..];
    }

    private void Send()
    {
        if (_output.WrittenCount > 0)
        {
            _unsent.Enqueue(_output.WrittenSpan.ToArray());
            _output.ResetWrittenCount();
        }

        while (_unsent.TryPeek(out byte[]? next))
        {
            int sent = Wire.ToGateway.Write(next);
            if (sent < next.Length)
            {
                RequeueRest(next[sent..]);
                return;
            }

            _unsent.Dequeue();
        }

        if (IsOver)
        {
            Wire.ToGateway.Finish();
            Leave();
        }
    }

    private void RequeueRest(byte[] rest)
    {
        byte[][] behind = [.. _unsent.Skip(1)];
        _unsent.Clear();
        _unsent.Enqueue(rest);
        foreach (byte[] one in behind)
            _unsent.Enqueue(one);
    }
}
