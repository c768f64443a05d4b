namespace Restante.Contracts;

/// <summary>
/// The two keys of a device or policy, 32 bytes each in base64. Both are live at once, so that one can be changed without a gap.
/// </summary>
public sealed record DeviceKeys
{
    /// <summary>The first.</summary>
    public string? Primary { get; init; }

    /// <summary>The second.</summary>
    public string? Secondary { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "(secret)";
}
