using System.Text.Json;

namespace Restante.Core.Devices;

/// <summary>What an audience query looks at besides the id. Devices without tags and groups share one object.</summary>
public sealed class DeviceFacts
{
    private readonly string _tags;
    private ReadTags? _read;

    private DeviceFacts(string tags, IReadOnlyList<string> groups)
    {
        _tags = tags;
        Groups = groups;
    }

    /// <summary>No tags, no groups.</summary>
    public static DeviceFacts None { get; } = new(DeviceTags.None, []);

    /// <summary>The groups it belongs to.</summary>
    public IReadOnlyList<string> Groups { get; }

    /// <summary>Its tags, read when they are first looked at.</summary>
    internal JsonElement Tags => (_read ??= new ReadTags(DeviceTags.Read(_tags))).Root;

    /// <summary>The facts of a device.</summary>
    public static DeviceFacts Of(DeviceRecord device) => Of(device.Tags, device.Groups);

    /// <summary>The facts that tags and groups are.</summary>
    /// <param name="tags">Checked tags, see <see cref="DeviceTags"/>.</param>
    /// <param name="groups">Names of groups.</param>
    public static DeviceFacts Of(string tags, IReadOnlyList<string> groups) =>
        tags == DeviceTags.None && groups.Count == 0 ? None : new DeviceFacts(tags, groups);

    /// <summary>True when both say the same.</summary>
    public bool SaysTheSameAs(DeviceFacts other) => _tags == other._tags && Groups.SequenceEqual(other.Groups);

    private sealed record ReadTags(JsonElement Root);
}
