namespace Restante.Core.Access;

/// <summary>The names of rights, the same on every protocol.</summary>
public static class RightNames
{
    private static readonly (Rights Right, string Name)[] s_names =
    [
        (Rights.RegistryRead, "registry-read"),
        (Rights.RegistryWrite, "registry-write"),
        (Rights.Send, "send"),
        (Rights.TelemetryRead, "telemetry-read"),
        (Rights.InquiryAnswer, "inquiry-answer"),
        (Rights.MetricsRead, "metrics-read"),
        (Rights.AuditRead, "audit-read"),
        (Rights.Admin, "admin"),
    ];

    /// <summary>All names, as a list to read.</summary>
    public static string All { get; } = string.Join(", ", s_names.Select(n => n.Name));

    /// <summary>The names of some rights.</summary>
    public static string[] Of(Rights rights) => [.. s_names.Where(n => (rights & n.Right) != 0).Select(n => n.Name)];

    /// <summary>Finds a right by its name; false when there is none of that name.</summary>
    public static bool TryParse(string? name, out Rights right)
    {
        right = Array.Find(s_names, n => n.Name == name).Right;
        return right != Rights.None;
    }
}
