namespace Restante.Net;

/// <summary>One of the protocols on a port, how it is told from the others, and who speaks it.</summary>
public sealed record ProtocolBranch
{
    /// <summary>Most bytes that can be asked for to tell a protocol.</summary>
    public const int MaxFirstBytes = 16;

    /// <summary>Name of the protocol; a metric label and <see cref="Connection.Protocol"/>.</summary>
    public required string Protocol { get; init; }

    /// <summary>Names by which it goes in ALPN, best first; empty (default) for none.</summary>
    public IReadOnlyList<string> AlpnProtocols { get; init; } = [];

    /// <summary>
    /// What its peers send first, at most <see cref="MaxFirstBytes"/> bytes. Empty (default) for whatever no other branch takes.
    /// </summary>
    public ReadOnlyMemory<byte> FirstBytes { get; init; }

    /// <summary>Makes the session of a connection, inside its first turn. Null when <see cref="StreamHandler"/> is set.</summary>
    public Func<Connection, IConnectionSession>? SessionFactory { get; init; }

    /// <summary>
    /// Takes the decrypted stream, for a protocol that does not run on the connection loop. Must return at once. Null when
    /// <see cref="SessionFactory"/> is set.
    /// </summary>
    public Action<HandedStream>? StreamHandler { get; init; }

    internal static void Validate(IReadOnlyList<ProtocolBranch> branches)
    {
        ListenerOptions.Require(branches.Count > 0, nameof(branches), "at least one");
        ListenerOptions.Require(
            branches.Count(static branch => branch.FirstBytes.IsEmpty) <= 1, nameof(FirstBytes), "at most one branch takes what is left");
        string[] names = [.. branches.SelectMany(static branch => branch.AlpnProtocols)];
        ListenerOptions.Require(
            names.Distinct(StringComparer.Ordinal).Count() == names.Length, nameof(AlpnProtocols), "each name in one branch only");
        foreach (ProtocolBranch branch in branches)
        {
            ListenerOptions.Require(!string.IsNullOrWhiteSpace(branch.Protocol), nameof(Protocol), "a name");
            ListenerOptions.Require(branch.FirstBytes.Length <= MaxFirstBytes, nameof(FirstBytes), "0 to 16 bytes");
            ListenerOptions.Require(
                branch.SessionFactory is null != branch.StreamHandler is null, nameof(SessionFactory), "either it or StreamHandler");
            bool clash = branches.Any(
                other => other != branch && !branch.FirstBytes.IsEmpty && other.FirstBytes.Span.StartsWith(branch.FirstBytes.Span));
            ListenerOptions.Require(!clash, nameof(FirstBytes), "none may begin with another's");
        }
    }
}
