using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Restante.Core.Storage;

namespace Restante.Server.Safekeeping;

/// <summary>What <c>doctor</c> has found, as scripts read it.</summary>
/// <param name="Directory">The data directory.</param>
/// <param name="Sound">True when nothing has to be mended.</param>
/// <param name="Findings">What was found.</param>
internal sealed record DoctorReport(string Directory, bool Sound, IReadOnlyList<StoreFinding> Findings)
{
    /// <summary>The exit code when nothing has to be mended.</summary>
    public const int SoundCode = 0;

    /// <summary>The exit code when something has to be mended.</summary>
    public const int DamageCode = 1;

    /// <summary>The exit code when it could not be found out.</summary>
    public const int UnknownCode = 2;

    /// <summary>Writes a line for each finding and one for all, or one JSON value.</summary>
    /// <returns>The exit code.</returns>
    public int Write(TextWriter to, bool json)
    {
        if (json)
        {
            to.WriteLine(JsonSerializer.Serialize(this, DoctorReportJson.Default.DoctorReport));
            return Sound ? SoundCode : DamageCode;
        }

        foreach (StoreFinding finding in Findings)
        {
            string place = finding.Position is long at ? string.Create(CultureInfo.InvariantCulture, $" at byte {at}") : string.Empty;
            to.WriteLine($"{(finding.IsFault ? "fault" : "note")}: {finding.File}{place}: {finding.What}. {finding.Mend}");
        }

        to.WriteLine(Sound ? $"{Directory} is sound." : $"{Directory} is not sound.");
        return Sound ? SoundCode : DamageCode;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorReportJson : JsonSerializerContext;
