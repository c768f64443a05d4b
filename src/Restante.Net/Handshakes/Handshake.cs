using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Restante.Net.Certificates;
using Restante.Net.Timing;
using Restante.Net.Transports;

namespace Restante.Net.Handshakes;

/// <summary>
/// One TLS handshake, from the accept to the connection. Lives only that long. Its deadline stands on the heartbeat and closes the socket,
/// which ends whatever is being waited for.
/// </summary>
internal sealed class Handshake(NetworkHost host, Listener listener, HandshakeGate gate, Socket socket, EndPoint? peer) : ITimed
{
    private const int FirstReadBytes = 4 * 1024;

    private HeartbeatLink _link;
    private int _givenUp = -1;

    ref HeartbeatLink ITimed.Link => ref _link;

    void ITimed.DeadlinePassed(long nowMs) => GiveUp(HandshakeOutcome.TimedOut);

    public void Start()
    {
        if (gate.TryAdd(this))
            _ = RunAsync();
        else
            Fail(HandshakeOutcome.Stopped, "the listener stopped", null);
    }

    /// <summary>Ends the handshake with an outcome; the first one counts. Any thread.</summary>
    public void GiveUp(HandshakeOutcome outcome)
    {
        if (Interlocked.CompareExchange(ref _givenUp, (int)outcome, -1) == -1)
            socket.Dispose();
    }

    private async Task RunAsync()
    {
        ServerTlsStream? stream = null;
        try
        {
            // A peer that says nothing takes no place among the handshakes.
            Arm(gate.FirstBytesTimeoutMs);
            SocketStream inner = new(socket);
            await inner.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
            Arm(gate.HandshakeTimeoutMs);
            ServerCertificate certificate = gate.Certificates.HasChoice
                ? await ChooseAsync(inner).ConfigureAwait(false)
                : gate.Certificates.All[0];
            await gate.EnterAsync().ConfigureAwait(false);
            inner.BeginHandshake(gate); // One that stops in the middle takes no place either.
            try
            {
                if (_givenUp == -1)
                {
                    stream = new ServerTlsStream(inner, host.Metrics);
                    await stream.AuthenticateAsServerAsync(gate.AuthenticationWith(certificate)).ConfigureAwait(false);
                }
            }
            finally
            {
                inner.EndHandshake();
                gate.Leave();
            }
            SortedStream sorted = stream is not null && listener.Sorter is { } sorter
                ? await sorter.SortAsync(stream).ConfigureAwait(false)
                : default;
            Disarm();
            // Whoever sets the outcome first has it: from here on nobody else closes the socket.
            if (stream is not null && Interlocked.CompareExchange(ref _givenUp, (int)HandshakeOutcome.Done, -1) == -1)
                Complete(stream, sorted);
            else
                Fail((HandshakeOutcome)_givenUp, "given up", stream);
        }
#pragma warning disable CA1031 // Every failure of a handshake is counted by its kind, and the listener goes on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Disarm();
            FailBy(exception, stream);
        }
    }

    // The platform chooses by name only, so what the peer sends first is looked at here, and given back to be read by TLS.
    private async ValueTask<ServerCertificate> ChooseAsync(SocketStream inner)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(FirstReadBytes);
        int filled = 0;
        try
        {
            while (true)
            {
                int read = await inner.ReadAsync(buffer.AsMemory(filled)).ConfigureAwait(false);
                filled += read;
                if (gate.Certificates.TryChoose(buffer.AsSpan(0, filled), out ServerCertificate chosen) || read == 0)
                {
                    inner.PutBack(buffer[..filled]);
                    return chosen;
                }

                if (filled == buffer.Length)
                    buffer = Grown(buffer);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Grown(byte[] buffer)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 4, ServerCertificates.MaxFirstBytes));
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private void Complete(ServerTlsStream stream, SortedStream sorted)
    {
        gate.Buffers.ReleaseWhenIdle(stream);
        TlsDescription description = gate.Describe(stream);
        ClientCertificate? certificate = stream.TakePresented();
        gate.Remove(this);
        host.Metrics.HandshakeEnded(HandshakeOutcome.Done);
        if (listener.Sorter is { } sorter && sorter.IsHandedOn(sorted.Branch))
            listener.Hand(
                sorted.Branch,
                new HandedStream(listener, socket, stream, gate.Buffers, sorted.Ahead, description, certificate, host.TimeProvider));
        else
            listener.Open(sorted.Branch, new TlsTransport(socket, stream, gate.Buffers, sorted.Ahead), peer, description, certificate);
    }

    private void FailBy(Exception exception, SslStream? stream)
    {
        int givenUp = Interlocked.CompareExchange(ref _givenUp, (int)HandshakeOutcome.Fault, -1);
        if (givenUp != -1)
        {
            Fail(
                (HandshakeOutcome)givenUp, givenUp == (int)HandshakeOutcome.TimedOut ? "not finished in time" : "the listener stopped",
                stream);
            return;
        }
        HandshakeOutcome outcome = exception switch
        {
            HandshakeTooLargeException => HandshakeOutcome.TooLarge,
            SocketException or IOException => HandshakeOutcome.PeerClosed,
            AuthenticationException => HandshakeOutcome.Refused,
            _ => HandshakeOutcome.Fault,
        };
        if (outcome == HandshakeOutcome.Fault && host.MayLog("handshake fault", out long suppressed))
            Log.HandshakeFault(host.Logger, exception, listener.Options.Protocol, suppressed);
        Fail(outcome, exception.InnerException?.Message ?? exception.Message, stream);
    }

    private void Fail(HandshakeOutcome outcome, string detail, SslStream? stream)
    {
        socket.Dispose();
        stream?.Dispose();
        gate.Remove(this);
        host.Metrics.HandshakeEnded(outcome);
        if (outcome is not (HandshakeOutcome.Fault or HandshakeOutcome.Stopped) && host.MayLog(CauseOf(outcome), out long suppressed))
            Log.HandshakeFailed(host.Logger, listener.Options.Protocol, peer, outcome, detail, suppressed);
        listener.GiveUp();
    }

    private static string CauseOf(HandshakeOutcome outcome) => outcome switch
    {
        HandshakeOutcome.TimedOut => "handshake timed out",
        HandshakeOutcome.PeerClosed => "handshake peer closed",
        HandshakeOutcome.TooLarge => "handshake too large",
        _ => "handshake refused",
    };

    private void Arm(long timeoutMs) => host.Heartbeat.Arm(this, host.Heartbeat.NowMs + timeoutMs);

    private void Disarm() => host.Heartbeat.Arm(this, long.MaxValue);
}
