using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>A certificate authority to be registered.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AuthorityCreation
{
    /// <summary>What to call it: 1 to 64 characters out of <c>A-Z a-z 0-9 . _ -</c>.</summary>
    [Required]
    public string? Name { get; init; }

    /// <summary>Its certificate as PEM.</summary>
    [Required]
    public string? Certificate { get; init; }
}
