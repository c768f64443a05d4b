namespace Restante.Core.Enrolment;

/// <summary>The names of the kinds of enrolment groups, on the wire and in metrics.</summary>
public static class EnrolmentKindNames
{
    /// <summary>All of them.</summary>
    public const string All = "authority, key, claim";

    /// <summary>The name: <c>authority</c>, <c>key</c> or <c>claim</c>.</summary>
    public static string Name(this EnrolmentKind kind) => kind switch
    {
        EnrolmentKind.Authority => "authority",
        EnrolmentKind.Key => "key",
        _ => "claim",
    };

    /// <summary>Reads a name; null when it is none.</summary>
    public static EnrolmentKind? Parse(string? name) => name switch
    {
        "authority" => EnrolmentKind.Authority,
        "key" => EnrolmentKind.Key,
        "claim" => EnrolmentKind.Claim,
        _ => null,
    };
}
