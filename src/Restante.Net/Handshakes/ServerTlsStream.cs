using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Net.Handshakes;

/// <summary>TLS on the gateway's side. Keeps a copy of the peer's certificates until the handshake is over.</summary>
internal sealed class ServerTlsStream(Stream inner, NetMetrics metrics) : SslStream(inner, leaveInnerStreamOpen: false)
{
    private ClientCertificate? _presented;

    private NetMetrics Metrics { get; } = metrics;

    /// <summary>Lets every certificate in, and none: judging is for the layer that knows the devices.</summary>
    public static bool Note(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var stream = (ServerTlsStream)sender;
        stream._presented = ClientCertificate.Of(certificate, chain, stream.Metrics);
        return true;
    }

    /// <summary>What the peer presented; gone afterwards, with what the platform keeps of it.</summary>
    public ClientCertificate? TakePresented()
    {
        ClientCertificate? presented = _presented;
        _presented = null;
        (RemoteCertificate as X509Certificate2)?.Dispose();
        return presented;
    }
}
