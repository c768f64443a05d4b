using System.CommandLine;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary>The options that say what a policy reaches.</summary>
internal sealed class ScopeOptions
{
    private readonly Option<string?> _audience = new("--audience")
    {
        HelpName = "QUERY",
        Description = "The devices that it reaches: those that the audience query is true of.",
    };

    private readonly Option<string[]> _subjects = Many(
        "--subject", "SUBJECT", "A subject of inquiries that it may handle; may be repeated.");


    private readonly Option<string[]> _groups = Many("--group", "GROUP", "A consumer group of telemetry that it may use; may be repeated.");
    private readonly Option<string[]> _channels = Many(
        "--channel", "CHANNEL", "A channel whose telemetry it is shown, '' for telemetry without one; may be repeated.");

    /// <summary>Adds the options.</summary>
    public void AddTo(Command command)
    {
        command.Add(_audience);
        command.Add(_subjects);
        command.Add(_groups);
        command.Add(_channels);
    }

    /// <summary>The scope that was given; null for none.</summary>
    public ScopeView? Of(ParseResult parsed)
    {
        var scope = new ScopeView
        {
            Audience = parsed.GetValue(_audience),
            Subjects = Given(parsed, _subjects),
            Groups = Given(parsed, _groups),
            Channels = Given(parsed, _channels),
        };
        return scope == new ScopeView() ? null : scope;
    }

    /// <summary>A scope as the facts of a report.</summary>
    public static (string Name, string? Value)[] Facts(ScopeView? scope) =>
    [
        ("audience", scope is null ? null : scope.Audience ?? "all devices"),
        ("subjects", scope is null ? null : Names(scope.Subjects)),
        ("groups", scope is null ? null : Names(scope.Groups)),
        ("channels", scope is null ? null : Names(scope.Channels)),
    ];

    private static string Names(IReadOnlyList<string>? names) => names switch
    {
        null => "all",
        [] => "none",
        _ => string.Join(", ", names.Select(static n => n.Length == 0 ? "(without channel)" : n)),
    };

    private static string[]? Given(ParseResult parsed, Option<string[]> option) =>
        parsed.GetValue(option) is { Length: > 0 } given ? given : null;

    private static Option<string[]> Many(string name, string value, string description) =>
        new(name) { HelpName = value, AllowMultipleArgumentsPerToken = false, Description = description };
}
