using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>An access policy to be created.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PolicyCreation
{
    /// <summary>Its name: 1 to 64 characters out of <c>A-Z a-z 0-9 . _ -</c>.</summary>
    [Required]
    public string? Name { get; init; }

    /// <summary>
    /// What it allows: <c>registry-read</c>, <c>registry-write</c>, <c>send</c>, <c>telemetry-read</c>, <c>inquiry-answer</c>,
    /// <c>metrics-read</c>, <c>audit-read</c>, <c>admin</c> (which implies the others).
    /// </summary>
    [Required]
    public IReadOnlyList<string>? Rights { get; init; }

    /// <summary>Its primary key, 32 bytes in base64; generated when it is not given.</summary>
    public string? PrimaryKey { get; init; }

    /// <summary>The thumbprint of a certificate that it has in place of keys: SHA-256 in hexadecimal digits.</summary>
    public string? Thumbprint { get; init; }

    /// <summary>What it reaches; everything when it is not given. Not together with the right <c>admin</c>.</summary>
    public ScopeView? Scope { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"policy {Name}";
}
