using System.CommandLine;
using System.Text.Json;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary>The options for what services keep about a device: tags, groups and its field gateway.</summary>
internal sealed class DeviceTraits
{
    private readonly Option<string[]> _tags = Many(
        "--tag", "NAME=VALUE", "A tag; may be repeated. A value that reads as JSON is that, any other is text.");
    private readonly Option<string[]> _groups = Many("--group", "GROUP", "A group that it belongs to; may be repeated.");
    private readonly Option<string?> _gateway =
        new("--gateway") { HelpName = "DEVICE", Description = "The field gateway that may act for it." };

    private readonly Option<string[]> _noTags = Many("--no-tag", "NAME", "A tag to remove; may be repeated.");
    private readonly Option<string[]> _noGroups = Many("--no-group", "GROUP", "A group to take it out of; may be repeated.");
    private readonly Option<bool> _noGateway = new("--no-gateway") { Description = "Let no field gateway act for it." };

    public DeviceTraits()
    {
        _tags.Validators.Add(static result =>
        {
            foreach (string text in result.Tokens.Select(t => t.Value).Where(t => !TagEdit.IsTag(t)))
                result.AddError($"'{text}' is no tag: {TagEdit.Rule}.");
        });
        _noTags.Validators.Add(static result =>
        {
            foreach (string text in result.Tokens.Select(t => t.Value).Where(t => !TagEdit.IsName(t)))
                result.AddError($"'{text}' is no name of a tag.");
        });
    }

    /// <summary>Adds the options for a new device.</summary>
    public void AddTo(Command command)
    {
        command.Add(_tags);
        command.Add(_groups);
        command.Add(_gateway);
    }

    /// <summary>Adds the options for a change; one of them must be given.</summary>
    public void AddChangesTo(Command command)
    {
        AddTo(command);
        command.Add(_noTags);
        command.Add(_noGroups);
        command.Add(_noGateway);
        command.Validators.Add(result =>
        {
            Option[] all = [_tags, _groups, _gateway, _noTags, _noGroups, _noGateway];
            if (all.All(option => result.GetResult(option) is null))
                result.AddError($"Say what to change: {string.Join(", ", all.Select(o => o.Name))}.");
            else if (result.GetResult(_gateway) is not null && result.GetResult(_noGateway) is not null)
                result.AddError("Give --gateway or --no-gateway, and not both.");
        });
    }

    /// <summary>Adds what was given to a new device.</summary>
    public DeviceCreation Fill(ParseResult parsed, DeviceCreation wish)
    {
        string[] tags = parsed.GetValue(_tags) ?? [], groups = parsed.GetValue(_groups) ?? [];
        return wish with
        {
            Tags = tags.Length == 0 ? null : TagEdit.Apply(null, tags, []),
            Groups = groups.Length == 0 ? null : groups,
            Gateway = parsed.GetValue(_gateway),
        };
    }

    /// <summary>What to change of a device.</summary>
    public DeviceChange ChangeOf(ParseResult parsed, DeviceView device)
    {
        string[] tags = parsed.GetValue(_tags) ?? [], noTags = parsed.GetValue(_noTags) ?? [];
        string[] groups = parsed.GetValue(_groups) ?? [], noGroups = parsed.GetValue(_noGroups) ?? [];
        JsonElement? changed = tags.Length + noTags.Length == 0 ? null : TagEdit.Apply(device.Tags, tags, noTags);
        return new DeviceChange
        {
            Tags = changed,
            Groups = groups.Length + noGroups.Length == 0 ? null : [.. device.Groups.Except(noGroups).Union(groups)],
            Gateway = parsed.GetValue(_noGateway) ? string.Empty : parsed.GetValue(_gateway),
        };
    }

    private static Option<string[]> Many(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description };
}
