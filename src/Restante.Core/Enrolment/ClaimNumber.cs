using System.Globalization;

namespace Restante.Core.Enrolment;

/// <summary>
/// The name of a claim for operators; it tells nothing of the claim's token. Numbers start at 1 and are never used twice.
/// </summary>
public readonly record struct ClaimNumber(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
