using System.Net.Security;
using System.Security.Authentication;

namespace Restante.Net.Handshakes;

/// <summary>Tells the protocols of a shared port apart: by what ALPN agreed upon, else by the first bytes under TLS.</summary>
internal sealed class ProtocolSorter(IReadOnlyList<ProtocolBranch> branches)
{
    private readonly int _rest = IndexOf(branches, static branch => branch.FirstBytes.IsEmpty);

    /// <summary>Whether a branch takes the stream instead of running on the connection loop.</summary>
    public bool IsHandedOn(int branch) => branches[branch].StreamHandler is not null;

    /// <summary>
    /// The branch of a stream whose handshake is done, and what had to be read to know it. Its time-out is the handshake's.
    /// </summary>
    /// <exception cref="AuthenticationException">No branch speaks so.</exception>
    /// <exception cref="IOException">The peer closed before it was known what it speaks.</exception>
    public async ValueTask<SortedStream> SortAsync(SslStream stream)
    {
        if (!stream.NegotiatedApplicationProtocol.Protocol.IsEmpty)
        {
            string alpn = stream.NegotiatedApplicationProtocol.ToString();
            return new SortedStream(IndexOf(branches, branch => branch.AlpnProtocols.Contains(alpn)), null);
        }
        byte[] bytes = new byte[ProtocolBranch.MaxFirstBytes];
        for (int length = 0; ;)
        {
            // Nothing is held by TLS for a peer that has not spoken yet.
            await stream.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
            int count = await stream.ReadAsync(bytes.AsMemory(length)).ConfigureAwait(false);
            if (count == 0)
                throw new IOException("The peer closed the connection before its first bytes.");
            length += count;
            if (Tell(bytes.AsSpan(0, length)) is { } branch)
                return new SortedStream(branch, bytes[..length]);
        }
    }

    /// <summary>The branch that the bytes tell; null when more are needed.</summary>
    private int? Tell(ReadOnlySpan<byte> bytes)
    {
        bool more = false;
        for (int branch = 0; branch < branches.Count; branch++)
        {
            ReadOnlySpan<byte> first = branches[branch].FirstBytes.Span;
            if (first.IsEmpty)
                continue;
            if (bytes.StartsWith(first))
                return branch;
            more |= first.StartsWith(bytes);
        }
        if (more)
            return null;
        return _rest >= 0 ? _rest : throw new AuthenticationException("The first bytes are of no protocol that is spoken here.");
    }

    private static int IndexOf(IReadOnlyList<ProtocolBranch> branches, Func<ProtocolBranch, bool> isIt)
    {
        for (int branch = 0; branch < branches.Count; branch++)
        {
            if (isIt(branches[branch]))
                return branch;
        }
        return -1;
    }
}
