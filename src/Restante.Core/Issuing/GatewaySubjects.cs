namespace Restante.Core.Issuing;

/// <summary>
/// What a device can ask the gateway itself, by an ordinary inquiry. The names begin as those of no handler can.
/// </summary>
public static class GatewaySubjects
{
    /// <summary>For a certificate: the body is a signing request, the answer the certificate with that of its issuer.</summary>
    public const string Certificate = "$certificate";

    /// <summary>To put a new key, which is the body, into the slot that the device does not use.</summary>
    public const string Key = "$key";

    /// <summary>To empty the slot that the device does not use.</summary>
    public const string Retire = "$retire";

    /// <summary>As whom the gateway answers; no policy can have that name.</summary>
    public const string Handler = "$gateway";

    /// <summary>True when the gateway itself answers, or would if there were such a subject.</summary>
    public static bool IsMeant(ReadOnlySpan<char> subject) => subject.StartsWith("$");

    /// <summary>True for the subjects that there are.</summary>
    public static bool IsKnown(string subject) => subject is Certificate or Key or Retire;
}
