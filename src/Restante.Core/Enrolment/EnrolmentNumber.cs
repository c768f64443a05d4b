using System.Globalization;

namespace Restante.Core.Enrolment;

/// <summary>
/// The gateway's own name of one enrolment group. A group that is removed and created again under its name has a new number. Numbers start
/// at 1 and are never used twice.
/// </summary>
public readonly record struct EnrolmentNumber(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
