using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>An issuer of certificates to be made.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record IssuerCreation
{
    /// <summary>What to call it: 1 to 64 characters out of <c>A-Z a-z 0-9 . _ -</c>.</summary>
    [Required]
    public string? Name { get; init; }

    /// <summary>How long it is valid, in days, 1 to 36,500; 3,650 when not given.</summary>
    public int? LifetimeDays { get; init; }
}
