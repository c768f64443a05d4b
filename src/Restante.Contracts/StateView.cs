using System.Text.Json;

namespace Restante.Contracts;

/// <summary>The state document of a device.</summary>
public sealed record StateView
{
    /// <summary>What services want.</summary>
    public required StatePartView Desired { get; init; }

    /// <summary>What the device says.</summary>
    public required StatePartView Reported { get; init; }

    /// <summary>The device's tags; only for services.</summary>
    public JsonElement? Tags { get; init; }
}
