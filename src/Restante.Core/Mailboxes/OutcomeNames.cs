namespace Restante.Core.Mailboxes;

/// <summary>The names of outcomes on the wire.</summary>
public static class OutcomeNames
{
    private static readonly string[] s_names = ["accepted", "rejected", "expired", "undeliverable", "cancelled", "device-removed"];

    /// <summary>The outcome's name as every protocol writes it.</summary>
    public static string Name(this Outcome outcome) => s_names[(int)outcome];
}
