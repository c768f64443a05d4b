namespace Restante.Core.Inquiries;

/// <summary>The names of the ends of inquiries on the wire.</summary>
public static class InquiryOutcomeNames
{
    private static readonly string[] s_names = ["answered", "expired", "cancelled", "rejected", "undeliverable", "device-removed"];

    /// <summary>The name as every protocol writes it.</summary>
    public static string Name(this InquiryOutcome outcome) => s_names[(int)outcome];
}
