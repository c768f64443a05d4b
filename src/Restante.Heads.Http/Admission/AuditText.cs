using System.Globalization;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Devices;

namespace Restante.Heads.Http.Admission;

/// <summary>What was set, in the words of an audit entry. Never a secret, nor what stands in tags and states.</summary>
internal static class AuditText
{
    /// <summary>The rights of a policy.</summary>
    public static string Of(Rights rights) => "rights " + string.Join(", ", RightNames.Of(rights));

    /// <summary>A credential; of a key only that it is one.</summary>
    public static string Of(Credential credential) => credential switch
    {
        SymmetricKey => "key",
        CertificateThumbprint thumbprint => $"certificate {thumbprint}",
        AuthoritySigned { Authority: string name } => $"authority {name}",
        AuthoritySigned => "any authority",
        _ => "none",
    };

    /// <summary>What a policy reaches.</summary>
    public static string Of(PolicyScope scope) => Shorten(string.Join("; ", ((string?[])
    [
        scope.Audience is null ? null : $"audience {scope.Audience.Text}",
        Names("subjects", scope.Subjects),
        Names("groups", scope.Groups),
        Names("channels", scope.Channels),
    ]).Where(static part => part is not null)));

    /// <summary>What was changed of an enrolment group.</summary>
    public static string Of(EnrolmentChange change) => Shorten(string.Join(", ", ((string?[])
    [
        change.Status,
        change.IdPrefix is null ? null : $"prefix '{change.IdPrefix}'",
        change.MaxDevices is null ? null : FormattableString.Invariant($"{change.MaxDevices} devices at the most"),
        change.NeverExpires == true ? "never expires" : change.ExpiresAt is DateTimeOffset end ? $"expires {Time(end)}" : null,
        change.Groups is null ? null : $"groups {string.Join(' ', change.Groups)}",
        change.Tags is null ? null : "tags",
        change.Desired is null ? null : "desired state",
    ]).Where(static part => part is not null)));

    private static string? Names(string kind, IReadOnlyList<string>? names) => names switch
    {
        null => null,
        [] => $"no {kind}",
        _ => $"{kind} {string.Join(", ", names.Select(static n => n == PolicyScope.NoChannel ? "(without channel)" : n))}",
    };

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    // What is left out is seen to be.
    private static string Shorten(string text) =>
        text.Length <= AuditEntry.MaxTextLength ? text : AuditEntry.Cut(text, AuditEntry.MaxTextLength - 1) + "…";
}
