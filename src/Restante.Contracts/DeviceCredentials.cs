using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>The credentials of a device to be created or changed.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record DeviceCredentials
{
    /// <summary>The first.</summary>
    public DeviceCredential? Primary { get; init; }

    /// <summary>The second.</summary>
    public DeviceCredential? Secondary { get; init; }
}
