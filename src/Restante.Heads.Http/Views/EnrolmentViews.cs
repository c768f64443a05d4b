using System.Text;
using Restante.Contracts;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Heads.Http.Requests;

namespace Restante.Heads.Http.Views;

/// <summary>Enrolment as the interface shows it.</summary>
internal static class EnrolmentViews
{
    public static EnrolmentView Of(EnrolmentGroup group) => new()
    {
        Name = group.Name,
        Kind = group.Kind.Name(),
        Status = DeviceReading.StatusName(group.IsEnabled ? DeviceStatus.Enabled : DeviceStatus.Disabled),
        IdPrefix = group.IdPrefix,
        Tags = StateViews.Json(group.Tags),
        Groups = group.Groups,
        Desired = group.DesiredState.IsEmpty ? null : StateViews.Json(Encoding.UTF8.GetString(group.DesiredState.Span)),
        MaxDevices = group.MaxDevices,
        Enrolled = group.Enrolled,
        OpenClaims = group.Kind == EnrolmentKind.Claim ? group.OpenClaims : null,
        ExpiresAt = Times.OrNever(group.ExpiresAtMs),
        Authority = group.Authority,
        CreatedAt = Times.Of(group.CreatedAtMs),
        ChangedAt = Times.Of(group.ChangedAtMs),
        Version = group.Version,
    };

    public static DeviceKeys? Keys(EnrolmentGroup group) =>
        group is { PrimaryKey: SymmetricKey primary, SecondaryKey: SymmetricKey secondary }
        ? KeyText.Of(primary, secondary)
        : null;

    public static ClaimView Of(EnrolmentClaim claim) => new()
    {
        Number = claim.Number.Value,
        Device = claim.Device?.Value,
        CreatedAt = Times.Of(claim.CreatedAtMs),
        ExpiresAt = Times.Of(claim.ExpiresAtMs),
    };

    public static EnrolledView Of(EnrolledDevice entry) => new()
    {
        Id = entry.Id.Value,
        Group = entry.GroupName,
        Kind = entry.Kind.Name(),
        At = Times.Of(entry.AtMs),
    };
}
