namespace Restante.Amqp.Sasl;

/// <summary>The fields of a PLAIN response as ranges of its bytes. [RFC 4616]</summary>
public readonly ref struct PlainResponse
{
    private PlainResponse(ReadOnlySpan<byte> authorizationId, ReadOnlySpan<byte> authenticationId, ReadOnlySpan<byte> password)
    {
        AuthorizationId = authorizationId;
        AuthenticationId = authenticationId;
        Password = password;
    }

    /// <summary>The identity to act as, UTF-8; usually empty.</summary>
    public ReadOnlySpan<byte> AuthorizationId { get; }

    /// <summary>The user, UTF-8; never empty.</summary>
    public ReadOnlySpan<byte> AuthenticationId { get; }

    /// <summary>The password, UTF-8. A secret.</summary>
    public ReadOnlySpan<byte> Password { get; }

    /// <summary>Splits a response; false where it is not two zero bytes apart or names no user.</summary>
    public static bool TryParse(ReadOnlySpan<byte> response, out PlainResponse parsed)
    {
        parsed = default;
        int first = response.IndexOf((byte)0);
        if (first < 0)
            return false;
        ReadOnlySpan<byte> rest = response[(first + 1)..];
        int second = rest.IndexOf((byte)0);
        if (second <= 0)
            return false;
        ReadOnlySpan<byte> password = rest[(second + 1)..];
        if (password.Contains((byte)0))
            return false;
        parsed = new PlainResponse(response[..first], rest[..second], password);
        return true;
    }
}
