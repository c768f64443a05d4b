using System.Runtime.InteropServices;
using System.Text.Json;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Storage;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Requests;

/// <summary>What is said of enrolment groups and claims in JSON.</summary>
internal static class EnrolmentReading
{
    /// <summary>The group that is wished.</summary>
    public static EnrolmentTerms Terms(EnrolmentCreation wish) => new()
    {
        Kind = EnrolmentKindNames.Parse(wish.Kind)
            ?? throw new MalformedRequestException($"An enrolment group needs a 'kind': {EnrolmentKindNames.All}."),
        IdPrefix = wish.IdPrefix ?? "",
        Tags = DeviceReading.Tags(wish.Tags),
        Groups = DeviceReading.Groups(wish.Groups),
        DesiredState = State(wish.Desired),
        IsEnabled = wish.Status is null || DeviceReading.Status(wish.Status) == DeviceStatus.Enabled,
        MaxDevices = wish.MaxDevices,
        ExpiresAtMs = wish.ExpiresAt?.ToUnixTimeMilliseconds(),
        Authority = wish.Authority is null || PolicyNames.IsValid(wish.Authority)
            ? wish.Authority
            : throw new MalformedRequestException($"The member 'authority' must name an authority: {PolicyNames.RuleForAuthorities}."),
        PrimaryKey = KeyText.Read(wish.Keys?.Primary, "keys.primary"),
        SecondaryKey = KeyText.Read(wish.Keys?.Secondary, "keys.secondary"),
    };

    /// <summary>What a change changes.</summary>
    public static EnrolmentUpdate Update(EnrolmentChange change, long? ifVersion)
    {
        if (change == new EnrolmentChange())
            throw new MalformedRequestException("Nothing is to be changed: give at least one member.");
        if (change is { NeverExpires: true, ExpiresAt: not null })
            throw new MalformedRequestException("Give 'expiresAt' or 'neverExpires', and not both.");
        return new EnrolmentUpdate
        {
            IdPrefix = change.IdPrefix,
            Tags = DeviceReading.Tags(change.Tags),
            Groups = DeviceReading.Groups(change.Groups),
            DesiredState = State(change.Desired),
            IsEnabled = change.Status is null ? null : DeviceReading.Status(change.Status) == DeviceStatus.Enabled,
            MaxDevices = change.MaxDevices,
            ExpiresAtMs = change.NeverExpires == true ? long.MaxValue : change.ExpiresAt?.ToUnixTimeMilliseconds(),
            IfVersion = ifVersion,
        };
    }

    /// <summary>The claims that are wished.</summary>
    public static ClaimTerms Claims(ClaimCreation? wish) => new(wish?.Count ?? 1)
    {
        Device = wish?.Device is not string device ? null
            : DeviceId.TryParse(device, out DeviceId id) ? id
            : throw new MalformedRequestException($"The member 'device' must be the id of one: {DeviceId.Rule}."),
        ExpiresAtMs = wish?.ExpiresAt?.ToUnixTimeMilliseconds(),
    };

    // An empty object is no state.
    private static ReadOnlyMemory<byte>? State(JsonElement? state)
    {
        if (state is not JsonElement element)
            return null;
        return element.ValueKind == JsonValueKind.Object && element.GetPropertyCount() == 0
            ? ReadOnlyMemory<byte>.Empty
            : JsonMarshal.GetRawUtf8Value(element).ToArray();
    }
}
