using System.Diagnostics.Metrics;

namespace Restante.Net;

/// <summary>
/// Counters of all connections of a host, readable, and published by the meter <c>Restante.Net</c>. Labels are closed sets; none names a
/// device.
/// </summary>
public sealed class NetMetrics : IDisposable
{
    private readonly Meter _meter = new("Restante.Net");
    private readonly long[] _refused = new long[Enum.GetValues<RefusalReason>().Length];
    private readonly long[] _handshakes = new long[Enum.GetValues<HandshakeOutcome>().Length];
    private readonly long[] _ended = new long[Enum.GetValues<ConnectionEndReason>().Length];
    private long _accepted;
    private long _acceptFaults;
    private long _active;
    private long _handed;
    private long _certificatesTooLarge;
    private long _received;
    private long _sent;

    internal NetMetrics()
    {
        _meter.CreateObservableCounter(
            "restante.net.connections.accepted", () => Accepted, "{connection}", "Connections taken from the kernel.");
        _meter.CreateObservableCounter(
            "restante.net.accept.faults", () => AcceptFaults, "{fault}", "Accepts that failed, for lack of descriptors for instance.");
        _meter.CreateObservableUpDownCounter(
            "restante.net.connections.active", () => Active, "{connection}", "Open connections, handshakes not included.");
        _meter.CreateObservableCounter(
            "restante.net.connections.handed", () => Handed, "{connection}",
            "Connections on a shared port that were handed to the web server.");
        _meter.CreateObservableCounter("restante.net.bytes.received", () => BytesReceived, "By", "Application bytes received.");
        _meter.CreateObservableCounter("restante.net.bytes.sent", () => BytesSent, "By", "Application bytes handed to the kernel.");
        Publish<RefusalReason>(
            "restante.net.connections.refused", "{connection}", "Connections closed at once, by reason.", "reason", _refused);
        Publish<HandshakeOutcome>("restante.net.tls.handshakes", "{handshake}", "TLS handshakes, by outcome.", "outcome", _handshakes);
        _meter.CreateObservableCounter(
            "restante.net.tls.certificates.too_large", () => CertificatesTooLarge, "{certificate}",
            "Certificates of peers that were not looked at, as they were too large.");
        Publish<ConnectionEndReason>(
            "restante.net.connections.ended", "{connection}", "Connections that ended, by reason.", "reason", _ended);
    }

    /// <summary>Connections taken from the kernel, refused ones included.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Accepts that failed.</summary>
    public long AcceptFaults => Interlocked.Read(ref _acceptFaults);

    /// <summary>Open connections, handshakes not included.</summary>
    public long Active => Interlocked.Read(ref _active);

    /// <summary>Connections on a shared port that were handed to the handler of their protocol. They are counted nowhere else.</summary>
    public long Handed => Interlocked.Read(ref _handed);

    /// <summary>Certificates of peers beyond <see cref="ClientCertificate.MaxBytes"/>.</summary>
    public long CertificatesTooLarge => Interlocked.Read(ref _certificatesTooLarge);

    /// <summary>Application bytes received.</summary>
    public long BytesReceived => Interlocked.Read(ref _received);

    /// <summary>Application bytes handed to the kernel.</summary>
    public long BytesSent => Interlocked.Read(ref _sent);

    /// <summary>Connections refused for a reason.</summary>
    public long Refused(RefusalReason reason) => Interlocked.Read(ref _refused[(int)reason]);

    /// <summary>TLS handshakes that ended in a way.</summary>
    public long Handshakes(HandshakeOutcome outcome) => Interlocked.Read(ref _handshakes[(int)outcome]);

    /// <summary>Connections that ended for a reason.</summary>
    public long Ended(ConnectionEndReason reason) => Interlocked.Read(ref _ended[(int)reason]);

    /// <summary>Takes the meter away; the counters stay readable.</summary>
    public void Dispose() => _meter.Dispose();

    internal void ConnectionAccepted() => Interlocked.Increment(ref _accepted);

    internal void AcceptFailed() => Interlocked.Increment(ref _acceptFaults);

    /// <summary>A connection was refused; also by a listener that is not of this host.</summary>
    public void ConnectionRefused(RefusalReason reason) => Interlocked.Increment(ref _refused[(int)reason]);

    internal void CertificateTooLarge() => Interlocked.Increment(ref _certificatesTooLarge);

    /// <summary>A handshake ended; also one of a listener that is not of this host.</summary>
    public void HandshakeEnded(HandshakeOutcome outcome) => Interlocked.Increment(ref _handshakes[(int)outcome]);

    internal void ConnectionOpened() => Interlocked.Increment(ref _active);

    internal void ConnectionHanded() => Interlocked.Increment(ref _handed);

    internal void ConnectionEnded(ConnectionEndReason reason)
    {
        Interlocked.Decrement(ref _active);
        Interlocked.Increment(ref _ended[(int)reason]);
    }

    internal void AddReceived(int bytes) => Interlocked.Add(ref _received, bytes);

    internal void AddSent(int bytes) => Interlocked.Add(ref _sent, bytes);

    private void Publish<TLabel>(string name, string unit, string description, string label, long[] counts)
        where TLabel : struct, Enum
    {
        string[] values = [.. Enum.GetNames<TLabel>().Select(KebabCase)];
        _meter.CreateObservableCounter(
            name,
            () =>
                values.Select(
                    (value, index) =>
                        new Measurement<long>(Interlocked.Read(ref counts[index]), new KeyValuePair<string, object?>(label, value))),
            unit, description);
    }

    private static string KebabCase(string name) =>
        string.Concat(
            name.Select(
                static (letter, index) =>
                    char.IsUpper(letter) && index > 0 ? "-" + char.ToLowerInvariant(letter) : char.ToLowerInvariant(letter).ToString()));
}
