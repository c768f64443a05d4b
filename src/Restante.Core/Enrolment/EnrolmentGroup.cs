using Restante.Core.Access;
using Restante.Core.Devices;

namespace Restante.Core.Enrolment;

/// <summary>
/// A standing permission to become a device: who proves to belong to the group is created when it first connects, with what the group says
/// of tags, groups and desired state.
/// </summary>
public sealed record EnrolmentGroup
{
    /// <summary>The longest name, in characters; it is formed like the name of a policy, see <see cref="PolicyNames"/>.</summary>
    public const int MaxNameLength = 64;

    /// <summary>The rule for names in words, for refusals.</summary>
    public const string NameRule = "the name of an enrolment group has 1 to 64 characters out of A-Z a-z 0-9 . _ -";

    /// <summary>Which group it is, by that name or a later one.</summary>
    public EnrolmentNumber Number { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>By what devices prove that they belong to it.</summary>
    public required EnrolmentKind Kind { get; init; }

    /// <summary>What the ids of its devices begin with; empty for any.</summary>
    public string IdPrefix { get; init; } = "";

    /// <summary>The tags that its devices get, see <see cref="DeviceRecord.Tags"/>.</summary>
    public string Tags { get; init; } = DeviceTags.None;

    /// <summary>The groups that its devices get, see <see cref="DeviceRecord.Groups"/>.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>The desired state that its devices begin with: a JSON object in UTF-8, compact. Empty for none.</summary>
    public ReadOnlyMemory<byte> DesiredState { get; init; }

    /// <summary>False while it takes nobody.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>How many devices it enrols, those counted that were removed and not released.</summary>
    public required long MaxDevices { get; init; }

    /// <summary>When it ends, in milliseconds since the Unix epoch; <see cref="long.MaxValue"/> for never.</summary>
    public long ExpiresAtMs { get; init; } = long.MaxValue;

    /// <summary>
    /// The only authority whose certificates count, by the name it is registered under; null for any. For that kind only.
    /// </summary>
    public string? Authority { get; init; }

    /// <summary>The first of its keys; null unless it is of that kind.</summary>
    public SymmetricKey? PrimaryKey { get; init; }

    /// <summary>The second of its keys; null unless it is of that kind.</summary>
    public SymmetricKey? SecondaryKey { get; init; }

    /// <summary>When it was created, in milliseconds since the Unix epoch.</summary>
    public required long CreatedAtMs { get; init; }

    /// <summary>When it was last changed, in milliseconds since the Unix epoch.</summary>
    public required long ChangedAtMs { get; init; }

    /// <summary>Counts the changes; starts at 1. Enrolments do not count.</summary>
    public required long Version { get; init; }

    /// <summary>How many ids it has enrolled, those not counted that were released.</summary>
    public long Enrolled { get; init; }

    /// <summary>How many claims of it wait to be used.</summary>
    public long OpenClaims { get; init; }

    /// <summary>True when an id may be one of its devices'.</summary>
    public bool Names(DeviceId id) => id.Value.StartsWith(IdPrefix, StringComparison.Ordinal);

    /// <summary>Without keys.</summary>
    public override string ToString() => $"enrolment group {Name}";
}
