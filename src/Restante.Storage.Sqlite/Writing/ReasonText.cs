namespace Restante.Storage.Sqlite.Writing;

/// <summary>Reasons as they are kept.</summary>
internal static class ReasonText
{
    private const int MaxLength = 512;

    /// <summary>The same, cut to 512 characters, of which none is half a pair.</summary>
    public static string? Cut(string? reason)
    {
        if (reason is null || reason.Length <= MaxLength)
            return reason;
        return reason[..(char.IsHighSurrogate(reason[MaxLength - 1]) ? MaxLength - 1 : MaxLength)];
    }
}
