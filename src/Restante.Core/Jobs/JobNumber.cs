using System.Globalization;

namespace Restante.Core.Jobs;

/// <summary>Names a job. Numbers start at 1, grow, and are never used twice.</summary>
public readonly record struct JobNumber(long Value)
{
    /// <summary>Reads the text form; false when it is none.</summary>
    public static bool TryParse(string text, out JobNumber number)
    {
        bool valid = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value > 0;
        number = new JobNumber(valid ? value : 0);
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
