using Restante.Core.Access;
using Restante.Core.Devices;

namespace Restante.Core.Registry;

/// <summary>
/// A device of an import, as it was said. What is null was not said: a new device gets the default, one that is there keeps what it has.
/// </summary>
/// <param name="Id">Its id.</param>
public sealed record ImportedDevice(string Id)
{
    /// <summary>Whether it may connect; a new one may.</summary>
    public DeviceStatus? Status { get; init; }

    /// <summary>Its first credential; see <see cref="DeviceRegistry.CreateAsync"/> for what a new device gets.</summary>
    public Credential? Primary { get; init; }

    /// <summary>Its second credential.</summary>
    public Credential? Secondary { get; init; }

    /// <summary>True when <see cref="Primary"/> was made because some key was wanted: a key that is there will do.</summary>
    public bool AnyPrimaryKey { get; init; }

    /// <summary>As <see cref="AnyPrimaryKey"/>, for <see cref="Secondary"/>.</summary>
    public bool AnySecondaryKey { get; init; }

    /// <summary>The text of a JSON object.</summary>
    public string? Tags { get; init; }

    /// <summary>The groups it belongs to.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The device that may act for it.</summary>
    public DeviceId? Gateway { get; init; }

    /// <summary>The desired state that a new device begins with, a JSON object in UTF-8; empty for none.</summary>
    public ReadOnlyMemory<byte> Desired { get; init; }
}
