using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Storage;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Requests;

/// <summary>What is said of devices in JSON.</summary>
internal static class DeviceReading
{
    public const string Enabled = "enabled";
    public const string Disabled = "disabled";

    public static string StatusName(DeviceStatus status) => status == DeviceStatus.Enabled ? Enabled : Disabled;

    /// <summary>Creates the device that is wished. Refusals: those of the registry.</summary>
    public static ValueTask<Result<DeviceRecord>> CreateAsync(ReachedDevices devices, DeviceCreation wish) => devices.CreateAsync(
        wish.Id ?? throw new MalformedRequestException($"A device needs an 'id': {DeviceId.Rule}."),
        wish.Status is null ? DeviceStatus.Enabled : Status(wish.Status),
        Primary(wish),
        Secondary(wish),
        Tags(wish.Tags),
        Groups(wish.Groups),
        wish.Gateway is null ? null : Gateway(wish.Gateway),
        Json(wish.Desired));

    /// <summary>What a change changes.</summary>
    public static DeviceUpdate Update(DeviceChange change, long? ifVersion)
    {
        if (change is { Status: null, Tags: null, Groups: null, Gateway: null })
            throw new MalformedRequestException("Nothing is to be changed: give a 'status', 'tags', 'groups' or a 'gateway'.");
        return new DeviceUpdate
        {
            Status = change.Status is null ? null : Status(change.Status),
            Tags = Tags(change.Tags),
            Groups = Groups(change.Groups),
            Gateway = string.IsNullOrEmpty(change.Gateway) ? null : Gateway(change.Gateway),
            RemoveGateway = change.Gateway?.Length == 0,
            IfVersion = ifVersion,
        };
    }

    /// <summary>What a line of an import says.</summary>
    public static ImportedDevice Imported(DeviceCreation line) =>
        new(line.Id ?? throw new MalformedRequestException($"A device needs an 'id': {DeviceId.Rule}."))
        {
            Status = line.Status is null ? null : Status(line.Status),
            Primary = Primary(line),
            Secondary = Secondary(line),
            AnyPrimaryKey = CredentialText.IsAnyKey(line.Credentials?.Primary),
            AnySecondaryKey = CredentialText.IsAnyKey(line.Credentials?.Secondary),
            Tags = Tags(line.Tags),
            Groups = Groups(line.Groups),
            Gateway = line.Gateway is null ? null : Gateway(line.Gateway),
            Desired = Json(line.Desired),
        };

    /// <summary>Reads a status.</summary>
    public static DeviceStatus Status(string text) => text switch
    {
        Enabled => DeviceStatus.Enabled,
        Disabled => DeviceStatus.Disabled,
        _ => throw new MalformedRequestException($"The member 'status' must be {Enabled} or {Disabled}."),
    };

    private static Credential? Primary(DeviceCreation wish) =>
        One(
            KeyText.Read(wish.Keys?.Primary, "keys.primary"), CredentialText.Read(wish.Credentials?.Primary, "credentials.primary"),
            "primary");

    private static Credential? Secondary(DeviceCreation wish) =>
        One(
            KeyText.Read(wish.Keys?.Secondary, "keys.secondary"), CredentialText.Read(wish.Credentials?.Secondary, "credentials.secondary"),
            "secondary");

    private static Credential? One(SymmetricKey? key, Credential? credential, string slot) => key is null || credential is null
        ? credential ?? key
        : throw new MalformedRequestException($"Give a {slot} key or a {slot} credential, and not both.");

    private static byte[] Json(JsonElement? json) => json is JsonElement given ? JsonMarshal.GetRawUtf8Value(given).ToArray() : [];

    /// <summary>Reads tags; null when none are given.</summary>
    /// <exception cref="MalformedRequestException">They are not written in UTF-8.</exception>
    public static string? Tags(JsonElement? tags)
    {
        if (tags is not JsonElement given)
            return null;
        ReadOnlySpan<byte> json = JsonMarshal.GetRawUtf8Value(given);
        return Utf8.IsValid(json)
            ? Encoding.UTF8.GetString(json)
            : throw new MalformedRequestException("The member 'tags' holds text that is not UTF-8.");
    }

    /// <summary>Reads names of groups; null when none are given.</summary>
    public static IReadOnlyList<string>? Groups(IReadOnlyList<string>? groups) => groups?.Any(static g => g is null) == true
        ? throw new MalformedRequestException("The member 'groups' must hold names.")
        : groups;

    private static DeviceId Gateway(string text) => DeviceId.TryParse(text, out DeviceId id)
        ? id
        : throw new MalformedRequestException($"The member 'gateway' must be the id of a device: {DeviceId.Rule}.");
}
