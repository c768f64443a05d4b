using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>What to change of a device.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record DeviceChange
{
    /// <summary><c>enabled</c> or <c>disabled</c>. A device that is disabled loses its connections at once; its mail is kept.</summary>
    [Required]
    public string? Status { get; init; }
}
