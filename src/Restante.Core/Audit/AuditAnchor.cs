namespace Restante.Core.Audit;

/// <summary>
/// Where the audit log stands. Who keeps it elsewhere can find out later whether anything up to there was changed or taken away.
/// </summary>
/// <param name="Number">The number of the newest entry; 0 when there never was one.</param>
/// <param name="Hash">The SHA-256 of its line, in lower-case hexadecimal digits.</param>
public sealed record AuditAnchor(long Number, string Hash)
{
    /// <summary>As it is kept: number and hash with a colon between them.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Number}:{Hash}");
}
