using Restante.Core.Access;

namespace Restante.Core.Devices;

/// <summary>What the registry holds of a device.</summary>
public sealed record DeviceRecord
{
    /// <summary>Its name.</summary>
    public required DeviceId Id { get; init; }

    /// <summary>Its generation.</summary>
    public required DeviceNumber Number { get; init; }

    /// <summary>Whether it may connect.</summary>
    public required DeviceStatus Status { get; init; }

    /// <summary>The first of its two live credentials.</summary>
    public required Credential Primary { get; init; }

    /// <summary>The second of its two live credentials.</summary>
    public required Credential Secondary { get; init; }

    /// <summary>When it was created, in milliseconds since the Unix epoch.</summary>
    public required long CreatedAtMs { get; init; }

    /// <summary>When it was last changed, in milliseconds since the Unix epoch.</summary>
    public required long ChangedAtMs { get; init; }

    /// <summary>Counts the changes; starts at 1. It is the ETag of the REST interface.</summary>
    public required long Version { get; init; }

    /// <summary>What services keep about it: the text of a JSON object, see <see cref="DeviceTags"/>.</summary>
    public string Tags { get; init; } = DeviceTags.None;

    /// <summary>The groups it belongs to, in ordinal order, none twice; see <see cref="GroupNames"/>.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>The device that may act for it as its field gateway; null for none.</summary>
    public DeviceId? Gateway { get; init; }
}
