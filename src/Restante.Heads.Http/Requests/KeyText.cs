using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Requests;

/// <summary>Keys as they are written in JSON.</summary>
internal static class KeyText
{
    /// <summary>Reads a key; null when none is given.</summary>
    public static SymmetricKey? Read(string? text, string member)
    {
        if (text is null)
            return null;
        return SymmetricKey.TryParse(text, out SymmetricKey? key)
            ? key
            : throw new MalformedRequestException($"The member '{member}' must be a key: {SymmetricKey.LengthBytes} bytes in base64.");
    }

    /// <summary>Shows both keys to their owner; a slot with another credential has none.</summary>
    public static DeviceKeys Of(Credential primary, Credential secondary) =>
        new() { Primary = (primary as SymmetricKey)?.Reveal(), Secondary = (secondary as SymmetricKey)?.Reveal() };
}
