using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>A device to be created.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record DeviceCreation
{
    /// <summary>Its id: 1 to 128 characters out of <c>A-Z a-z 0-9 . _ : @ = ~ -</c>.</summary>
    [Required]
    public string? Id { get; init; }

    /// <summary><c>enabled</c> (the default) or <c>disabled</c>.</summary>
    public string? Status { get; init; }

    /// <summary>Its keys; what is not given is generated, except beside a credential of another kind.</summary>
    public DeviceKeys? Keys { get; init; }

    /// <summary>Its credentials, where they are not just keys.</summary>
    public DeviceCredentials? Credentials { get; init; }

    /// <summary>What services keep about it: a JSON object.</summary>
    public JsonElement? Tags { get; init; }

    /// <summary>The groups it belongs to.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The device that may act for it as its field gateway.</summary>
    public string? Gateway { get; init; }

    /// <summary>The desired state that it begins with: a JSON object. An import does not look at it when the device is there.</summary>
    public JsonElement? Desired { get; init; }
}
