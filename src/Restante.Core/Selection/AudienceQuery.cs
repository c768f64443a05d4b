using System.Runtime.CompilerServices;
using System.Text.Json;
using Restante.Core.Devices;
using Restante.Core.Refusals;

namespace Restante.Core.Selection;

/// <summary>
/// A condition on devices, as <c>docs/selection.md</c> describes it: <c>tags.city = 'Oslo' and groups has 'buses'</c>. Any number of
/// threads may evaluate it at once.
/// </summary>
public sealed class AudienceQuery
{
    // Queries with more names than this evaluate on the heap.
    private const int FewNames = 4;

    private readonly Expression _condition;
    private readonly DeviceName[] _names;

    private AudienceQuery(string text, Expression condition, DeviceName[] names)
    {
        Text = text;
        _condition = condition;
        _names = names;
        var groups = new List<string>();
        IsGroups = FindGroups(condition, groups);
        Groups = groups;
        var named = new List<string>();
        FindNamed(condition, named);
        NamedGroups = named;
    }

    /// <summary>The query as it was written.</summary>
    public string Text { get; }

    /// <summary>
    /// Groups that every device of the audience belongs to, as they are and-ed to the rest; empty when the query names none such.
    /// </summary>
    public IReadOnlyList<string> Groups { get; }

    /// <summary>Groups that the query names, wherever it does.</summary>
    public IReadOnlyList<string> NamedGroups { get; }

    /// <summary>True when the audience is whoever belongs to all of <see cref="Groups"/>, and nothing else is asked.</summary>
    public bool IsGroups { get; }

    /// <summary>True when the audience is all members of the one group in <see cref="Groups"/>.</summary>
    public bool IsGroup => _condition is HasTest && Groups.Count == 1;

    /// <summary>
    /// Reads a query. Refusals: malformed, with the character and what was expected there; also beyond <see cref="SelectionLimits"/>.
    /// </summary>
    public static Result<AudienceQuery> Parse(string text)
    {
        var names = new DeviceNameTable();
        Result<Expression> read = Parser.Read(text, SelectionDialect.Audience, names);
        return read.IsSuccess ? new AudienceQuery(text, read.Value, names.Names) : read.Refusal;
    }

    /// <summary>The query for the members of a group.</summary>
    /// <param name="group">A group's name, see <see cref="GroupNames"/>.</param>
    public static AudienceQuery OfGroup(string group) => Parse($"groups has '{group}'").Value!;

    /// <summary>True when the device belongs to the audience; not when that is unknown, as for a tag it does not have.</summary>
    public bool Matches(DeviceId id, DeviceFacts facts)
    {
        FewOperands few = default;
        Span<Operand> values = _names.Length <= FewNames ? ((Span<Operand>)few)[.._names.Length] : new Operand[_names.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = _names[i].Kind switch
            {
                DeviceNameKind.Id => Operand.Of(id.Value),
                DeviceNameKind.Groups => Operand.Of(facts.Groups),
                _ => Value(facts.Tags, _names[i].Path),
            };
        }

        return _condition.Evaluate(values).Truth == true;
    }

    /// <summary>True when the device belongs to the audience.</summary>
    public bool Matches(DeviceRecord device) => Matches(device.Id, DeviceFacts.Of(device));

    /// <inheritdoc/>
    public override string ToString() => Text;

    // True when there is nothing else.
    private bool FindGroups(Expression condition, List<string> groups)
    {
        if (condition is Junction { IsAnd: true } both)
            return FindGroups(both.Left, groups) & FindGroups(both.Right, groups);
        if (GroupOf(condition) is not string group)
            return false;
        groups.Add(group);
        return true;
    }

    private void FindNamed(Expression condition, List<string> groups)
    {
        if (condition is Junction both)
        {
            FindNamed(both.Left, groups);
            FindNamed(both.Right, groups);
        }
        else if (condition is Negation contrary)
        {
            FindNamed(contrary.Inner, groups);
        }
        else if (GroupOf(condition) is string group)
        {
            groups.Add(group);
        }
    }

    private string? GroupOf(Expression condition) =>
        condition is HasTest { List: Variable list } has && _names[list.Index].Kind == DeviceNameKind.Groups ? has.Item : null;

    private static Operand Value(JsonElement tags, string[] path)
    {
        foreach (string name in path)
        {
            if (tags.ValueKind != JsonValueKind.Object || !tags.TryGetProperty(name, out tags))
                return default;
        }

        return tags.ValueKind switch
        {
            JsonValueKind.String => Operand.Of(tags.GetString()!),
            JsonValueKind.Number => tags.TryGetInt64(out long whole) ? Operand.Of(whole) : Operand.Of(tags.GetDouble()),
            JsonValueKind.True => Operand.True,
            JsonValueKind.False => Operand.False,
            JsonValueKind.Array => Operand.Of(
                [.. tags.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.String).Select(e => e.GetString()!)]),
            JsonValueKind.Object => Operand.Other,
            _ => default,
        };
    }

    [InlineArray(FewNames)]
    private struct FewOperands
    {
        private Operand _first;
    }
}
