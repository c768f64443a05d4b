using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>The rights that a policy is to have, in place of those that it has.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PolicyRights
{
    /// <summary>All of them, one at the least; their names are those of <see cref="PolicyCreation.Rights"/>.</summary>
    [Required]
    public IReadOnlyList<string>? Rights { get; init; }
}
