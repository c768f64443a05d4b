namespace Restante.Core.History;

/// <summary>Why somebody who named a device was not let in.</summary>
internal static class RefusalCauses
{
    public const string WrongCredentials = "Wrong credentials.";
    public const string TokenExpired = "The token has expired.";
    public const string ForeignToken = "The token is for something else than this device.";
    public const string Disabled = "The device is disabled.";
    public const string Throttled = "Too many wrong credentials came from its address.";
}
