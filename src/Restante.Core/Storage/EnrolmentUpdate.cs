using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>What is to change on an enrolment group; null members stay as they are.</summary>
public sealed record EnrolmentUpdate
{
    /// <summary>What the ids of its devices begin with from now on.</summary>
    public string? IdPrefix { get; init; }

    /// <summary>The new tags, in place of all old ones.</summary>
    public string? Tags { get; init; }

    /// <summary>The new groups, in place of all old ones.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The new desired state; empty for none.</summary>
    public ReadOnlyMemory<byte>? DesiredState { get; init; }

    /// <summary>Whether it takes devices.</summary>
    public bool? IsEnabled { get; init; }

    /// <summary>How many devices it enrols.</summary>
    public long? MaxDevices { get; init; }

    /// <summary>When it ends, in milliseconds since the Unix epoch; <see cref="long.MaxValue"/> for never.</summary>
    public long? ExpiresAtMs { get; init; }

    /// <summary>The new primary key.</summary>
    public SymmetricKey? PrimaryKey { get; init; }

    /// <summary>The new secondary key.</summary>
    public SymmetricKey? SecondaryKey { get; init; }

    /// <summary>The version the caller has seen; the update is refused when it is another by now.</summary>
    public long? IfVersion { get; init; }
}
