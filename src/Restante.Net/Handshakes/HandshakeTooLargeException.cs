namespace Restante.Net.Handshakes;

/// <summary>TLS asks for more of a peer's bytes than a handshake may take.</summary>
internal sealed class HandshakeTooLargeException() : IOException("The handshake takes more bytes than are allowed.");
