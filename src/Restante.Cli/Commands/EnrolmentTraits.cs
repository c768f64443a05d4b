using System.CommandLine;
using System.Text.Json;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary>The options for what an enrolment group says of its devices, and for its limits.</summary>
internal sealed class EnrolmentTraits
{
    private readonly Option<string?> _prefix =
        new("--prefix") { HelpName = "TEXT", Description = "What the ids of its devices begin with." };

    private readonly Option<string[]> _tags = new("--tag")
    {
        HelpName = "NAME=VALUE",
        Description = "A tag that its devices get; may be repeated. A value that reads as JSON is that, any other is text.",
    };

    private readonly Option<string[]> _groups =
        new("--group") { HelpName = "GROUP", Description = "A group that its devices belong to; may be repeated." };

    private readonly Option<string?> _desired =
        new("--desired") { HelpName = "JSON", Description = "The desired state that its devices begin with." };

    private readonly Option<long?> _max =
        new("--max-devices") { HelpName = "COUNT", Description = "How many devices it enrols, removed ones counted." };

    private readonly Option<string?> _expires = Moments.Option("--expires", "When it ends");

    public EnrolmentTraits()
    {
        _tags.Validators.Add(static result =>
        {
            foreach (string text in result.Tokens.Select(t => t.Value).Where(t => !TagEdit.IsTag(t)))
                result.AddError($"'{text}' is no tag: {TagEdit.Rule}.");
        });
        _desired.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && Json(result.Tokens[0].Value) is not { ValueKind: JsonValueKind.Object })
                result.AddError("The desired state is no JSON object.");
        });
    }

    /// <summary>All of the options.</summary>
    public IReadOnlyList<Option> All => [_prefix, _tags, _groups, _desired, _max, _expires];

    /// <summary>Adds what was given to a new group.</summary>
    public EnrolmentCreation Fill(CommandCall call, EnrolmentCreation wish) => wish with
    {
        IdPrefix = call.Parsed.GetValue(_prefix),
        Tags = Tags(call),
        Groups = Groups(call),
        Desired = Desired(call),
        MaxDevices = call.Parsed.GetValue(_max),
        ExpiresAt = Moments.Read(call, _expires),
    };

    /// <summary>Adds what was given to a change.</summary>
    public EnrolmentChange Fill(CommandCall call, EnrolmentChange change) => change with
    {
        IdPrefix = call.Parsed.GetValue(_prefix),
        Tags = Tags(call),
        Groups = Groups(call),
        Desired = Desired(call),
        MaxDevices = call.Parsed.GetValue(_max),
        ExpiresAt = Moments.Read(call, _expires),
    };

    private JsonElement? Tags(CommandCall call) =>
        call.Parsed.GetValue(_tags) is { Length: > 0 } tags ? TagEdit.Apply(null, tags, []) : null;

    private string[]? Groups(CommandCall call) => call.Parsed.GetValue(_groups) is { Length: > 0 } groups ? groups : null;

    private JsonElement? Desired(CommandCall call) => call.Parsed.GetValue(_desired) is string text ? Json(text) : null;

    private static JsonElement? Json(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
