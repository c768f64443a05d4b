using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Restante.Net.Transports;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Network;

/// <summary>The gateway's end of a <see cref="Wire"/>, as the connection loop sees it.</summary>
internal sealed class WireTransport : Transport
{
    private readonly Wire _wire;
    private readonly Pending _read = new();
    private readonly Pending _write = new();
    private ReadOnlyMemory<byte> _writing;
    private bool _closed;

    public WireTransport(Wire wire, Life life)
    {
        _wire = wire;
        wire.ToGateway.Arrived = () => life.Run(CompleteRead);
        wire.ToPeer.Emptied = () => life.Run(CompleteWrite);
    }

    private bool CanRead => _closed || _wire.ToGateway is { Readable: > 0 } or { IsFinished: true } or { IsReset: true };

    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        if (buffer.IsEmpty)
            return CanRead ? new ValueTask<int>(0) : _read.Begin();
        if (_wire.ToGateway.IsReset || _closed)
            return ValueTask.FromException<int>(Gone());
        int read = _wire.ToGateway.Read(buffer.Span);
        return new ValueTask<int>(read > 0 || _wire.ToGateway.IsFinished ? read : NothingThere);
    }

    public override ValueTask<int> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_wire.ToPeer.IsReset || _closed)
            return ValueTask.FromException<int>(Gone());
        int written = _wire.ToPeer.Write(bytes.Span);
        if (written > 0)
            return new ValueTask<int>(written);
        _writing = bytes;
        return _write.Begin();
    }

    public override ValueTask<int> FinishAsync(bool goingAway, string reason)
    {
        _wire.ToPeer.Finish();
        return default;
    }

    public override void Close(bool reset)
    {
        if (_closed)
            return;
        _closed = true;
        if (reset)
            _wire.Cut();
        else
            _wire.ToPeer.Finish();
        CompleteRead();
        CompleteWrite();
    }

    public override void Release()
    {
    }

    private static SocketException Gone() => new((int)SocketError.ConnectionReset);

    private void CompleteRead()
    {
        if (_read.IsBegun && CanRead)
            _read.End(0);
    }

    private void CompleteWrite()
    {
        if (!_write.IsBegun)
            return;
        if (_closed || _wire.ToPeer.IsReset)
        {
            _write.Fail(Gone());
            return;
        }

        int written = _wire.ToPeer.Write(_writing.Span);
        if (written > 0)
            _write.End(written);
    }

    private sealed class Pending : IValueTaskSource<int>
    {
        private ManualResetValueTaskSourceCore<int> _core;

        public bool IsBegun { get; private set; }

        public ValueTask<int> Begin()
        {
            _core.Reset();
            IsBegun = true;
            return new ValueTask<int>(this, _core.Version);
        }

        public void End(int result)
        {
            IsBegun = false;
            _core.SetResult(result);
        }

        public void Fail(Exception exception)
        {
            IsBegun = false;
            _core.SetException(exception);
        }

        public int GetResult(short token) => _core.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);
    }
}
