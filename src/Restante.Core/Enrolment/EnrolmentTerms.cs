using Restante.Core.Devices;

namespace Restante.Core.Enrolment;

/// <summary>What an enrolment group is to be; see <see cref="EnrolmentGroup"/>.</summary>
public sealed record EnrolmentTerms
{
    /// <summary>By what devices prove that they belong to it.</summary>
    public required EnrolmentKind Kind { get; init; }

    /// <summary>What the ids of its devices begin with; empty for any.</summary>
    public string IdPrefix { get; init; } = "";

    /// <summary>The text of a JSON object; null for none.</summary>
    public string? Tags { get; init; }

    /// <summary>The groups that its devices get; null for none.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The desired state that its devices begin with, a JSON object in UTF-8; null for none.</summary>
    public ReadOnlyMemory<byte>? DesiredState { get; init; }

    /// <summary>False to let it take nobody yet.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>How many devices it enrols; null for as many as a group may.</summary>
    public long? MaxDevices { get; init; }

    /// <summary>When it ends, in milliseconds since the Unix epoch; null for never.</summary>
    public long? ExpiresAtMs { get; init; }

    /// <summary>The only authority whose certificates count; null for any.</summary>
    public string? Authority { get; init; }

    /// <summary>The first of its keys; one is generated when it is null and the kind has keys.</summary>
    public SymmetricKey? PrimaryKey { get; init; }

    /// <summary>The second of its keys; likewise.</summary>
    public SymmetricKey? SecondaryKey { get; init; }
}
