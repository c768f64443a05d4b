using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>The proof that somebody has the key of a certificate authority.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PossessionProof
{
    /// <summary>A certificate as PEM that the authority has signed itself, with the verification code as its common name.</summary>
    [Required]
    public string? Certificate { get; init; }
}
