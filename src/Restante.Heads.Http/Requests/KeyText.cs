using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
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
        Result<SymmetricKey> key = SymmetricKey.Read(text, member);
        return key.IsSuccess ? key.Value : throw new MalformedRequestException(key.Refusal);
    }

    /// <summary>Shows both keys to their owner; a slot with another credential has none.</summary>
    public static DeviceKeys Of(Credential primary, Credential secondary) =>
        new() { Primary = (primary as SymmetricKey)?.Reveal(), Secondary = (secondary as SymmetricKey)?.Reveal() };
}
