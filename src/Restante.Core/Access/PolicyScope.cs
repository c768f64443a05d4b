using System.Buffers;
using System.Text;
using System.Text.Json;
using Restante.Core.Inquiries;
using Restante.Core.Refusals;
using Restante.Core.Selection;
using Restante.Core.Telemetry;

namespace Restante.Core.Access;

/// <summary>
/// What of the gateway a policy reaches at all, whatever its rights: the devices of an audience, named subjects of inquiries, named
/// consumer groups and named channels of telemetry. A member that is null narrows nothing, an empty list leaves nothing. A device outside
/// is, for the policy, no device. Two scopes are equal when they say the same.
/// </summary>
public sealed class PolicyScope : IEquatable<PolicyScope>
{
    /// <summary>Subjects, consumer groups, and channels that one scope may name, of each so many.</summary>
    public const int MaxNames = 256;

    /// <summary>In a list of channels: telemetry that has no channel.</summary>
    public const string NoChannel = "";

    private PolicyScope(
        AudienceQuery? audience, IReadOnlyList<string>? subjects, IReadOnlyList<string>? groups, IReadOnlyList<string>? channels)
    {
        Audience = audience;
        Subjects = subjects;
        Groups = groups;
        Channels = channels;
        Text = Write();
    }

    /// <summary>
    /// The devices that it reaches; null for all. What a device is now decides, so one that leaves the audience is out at once.
    /// </summary>
    public AudienceQuery? Audience { get; }

    /// <summary>The subjects whose inquiries it may handle; null for all.</summary>
    public IReadOnlyList<string>? Subjects { get; }

    /// <summary>
    /// The consumer groups of telemetry that it may read in, look at and remove; null for all. What its readers pass over counts as read
    /// for the whole group, so a policy with an audience or channels has none but those that are named.
    /// </summary>
    public IReadOnlyList<string>? Groups { get; }

    /// <summary>The channels of telemetry that it is shown, <see cref="NoChannel"/> among them for none; null for all.</summary>
    public IReadOnlyList<string>? Channels { get; }

    /// <summary>The scope as a JSON object, in which form it is stored.</summary>
    public string Text { get; }

    /// <summary>
    /// Makes a scope. Refusals: malformed (the audience, with the place of the fault; a name that there can be none of; more than
    /// <see cref="MaxNames"/> of a kind; nothing that narrows).
    /// </summary>
    /// <param name="audience">An audience query; null for all devices.</param>
    /// <param name="subjects">Subjects of inquiries; null for all.</param>
    /// <param name="groups">Consumer groups; null for all.</param>
    /// <param name="channels">Channels of telemetry; null for all.</param>
    public static Result<PolicyScope> Create(
        string? audience,
        IReadOnlyList<string>? subjects = null,
        IReadOnlyList<string>? groups = null,
        IReadOnlyList<string>? channels = null)
    {
        if (audience is null && subjects is null && groups is null && channels is null)
            return new Refusal(RefusalKind.Malformed, "A scope names an audience, subjects, groups or channels.");
        Refusal? refusal = Check("subjects", subjects, static s => InquiryNames.IsSubject(s), InquiryNames.SubjectRule)
            ?? Check("groups", groups, static g => ChannelNames.IsValidGroup(g), ChannelNames.GroupRule)
            ?? Check("channels", channels, static c => c == NoChannel || ChannelNames.IsValid(c), ChannelNames.Rule);
        if (refusal is not null)
            return refusal;
        AudienceQuery? query = null;
        if (audience is not null)
        {
            Result<AudienceQuery> parsed = AudienceQuery.Parse(audience);
            if (!parsed.IsSuccess)
                return parsed.Refusal;
            query = parsed.Value;
        }

        return new PolicyScope(query, Sorted(subjects), Sorted(groups), Sorted(channels));
    }

    /// <summary>The scope that was written as <see cref="Text"/>.</summary>
    /// <exception cref="FormatException">The text is no scope.</exception>
    public static PolicyScope Read(string text)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            JsonElement root = json.RootElement;
            string? audience = root.TryGetProperty("audience", out JsonElement query) ? query.GetString() : null;
            Result<PolicyScope> read = Create(audience, Names(root, "subjects"), Names(root, "groups"), Names(root, "channels"));
            return read.IsSuccess ? read.Value : throw new FormatException(read.Refusal.Message);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException("The text is no scope of a policy.", e);
        }
    }

    /// <inheritdoc/>
    public bool Equals(PolicyScope? other) => other is not null && other.Text == Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PolicyScope);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static Refusal? Check(string what, IReadOnlyList<string>? names, Func<string, bool> isValid, string rule)
    {
        if (names is null)
            return null;
        if (names.Count > MaxNames)
            return new Refusal(RefusalKind.Malformed, $"A scope names at most {MaxNames} {what}, not {names.Count}.");
        return names.Any(n => n is null || !isValid(n))
            ? new Refusal(RefusalKind.Malformed, $"The {what} of the scope hold a name that there can be none of: {rule}.")
            : null;
    }

    private static string[]? Sorted(IReadOnlyList<string>? names) =>
        names is null ? null : [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static string[]? Names(JsonElement root, string member) =>
        root.TryGetProperty(member, out JsonElement list) ? [.. list.EnumerateArray().Select(e => e.GetString() ?? "")] : null;

    private string Write()
    {
        var output = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            if (Audience is not null)
                json.WriteString("audience", Audience.Text);
            Write(json, "subjects", Subjects);
            Write(json, "groups", Groups);
            Write(json, "channels", Channels);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, string member, IReadOnlyList<string>? names)
    {
        if (names is null)
            return;
        json.WriteStartArray(member);
        foreach (string name in names)
            json.WriteStringValue(name);
        json.WriteEndArray();
    }
}
