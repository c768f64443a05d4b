using System.Globalization;

namespace Restante.Core.Tests.Selection;

/// <summary>A condition that was made up, its text, and what it means, worked out in the plainest way: null is unknown.</summary>
internal sealed record NaiveCondition(string Text, Func<IReadOnlyDictionary<string, object?>, object?> Value)
{
    public static NaiveCondition Make(Random random, int depth, bool arithmetic)
    {
        if (depth == 0 || random.Next(5) == 0)
            return Test(random, arithmetic);
        NaiveCondition left = Make(random, depth - 1, arithmetic);
        NaiveCondition right = Make(random, depth - 1, arithmetic);
        return random.Next(3) switch
        {
            0 => new($"({left.Text}) and ({right.Text})", v => And(left.Value(v) as bool?, right.Value(v) as bool?)),
            1 => new($"({left.Text} or {right.Text})", v => Not(And(Not(left.Value(v) as bool?), Not(right.Value(v) as bool?)))),
            _ => new($"not ({left.Text})", v => Not(left.Value(v) as bool?)),
        };
    }

    public static bool Like(string text, string pattern)
    {
        if (pattern.Length == 0)
            return text.Length == 0;
        if (pattern[0] == '%')
            return Like(text, pattern[1..]) || (text.Length > 0 && Like(text[1..], pattern));
        return text.Length > 0 && (pattern[0] == '_' || pattern[0] == text[0]) && Like(text[1..], pattern[1..]);
    }

    private static bool? Not(bool? truth) => truth is bool known ? !known : null;

    private static bool? And(bool? left, bool? right) =>
        left == false || right == false ? false : left is null || right is null ? null : true;

    private static NaiveCondition Test(Random random, bool arithmetic)
    {
        NaiveCondition left = Side(random, arithmetic);
        switch (random.Next(5))
        {
            case 0:
                return new($"{left.Text} is null", v => left.Value(v) is null);
            case 1:
                string pattern = string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => "ab%_"[random.Next(4)]));
                return new($"{left.Text} like '{pattern}'", v => left.Value(v) switch
                {
                    null => null,
                    string text => Like(text, pattern),
                    _ => (object?)false,
                });
            case 2:
                NaiveCondition[] among = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Constant(random))];
                return new(
                    $"{left.Text} in ({string.Join(", ", among.Select(a => a.Text))})",
                    v => left.Value(v) is { } value ? among.Any(a => Compare(value, "=", a.Value(v)) == true) : null);
            default:
                NaiveCondition right = Side(random, arithmetic);
                string comparison = new[] { "=", "<>", "<", "<=", ">", ">=" }[random.Next(6)];
                return new($"{left.Text} {comparison} {right.Text}", v => Compare(left.Value(v), comparison, right.Value(v)));
        }
    }

    private static bool? Compare(object? left, string comparison, object? right)
    {
        if (left is null || right is null)
            return null;
        if (left is bool && right is bool && comparison is "=" or "<>")
            return left.Equals(right) == (comparison == "=");
        int order;
        if (left is string a && right is string b)
            order = string.CompareOrdinal(a, b);
        else if (left is long or double && right is long or double)
            order = Convert.ToDouble(left, CultureInfo.InvariantCulture).CompareTo(Convert.ToDouble(right, CultureInfo.InvariantCulture));
        else
            return false;
        return comparison switch { "=" => order == 0, "<>" => order != 0, "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };
    }

    private static NaiveCondition Side(Random random, bool arithmetic)
    {
        if (arithmetic && random.Next(4) == 0)
        {
            NaiveCondition left = Number(random);
            NaiveCondition right = Number(random);
            char operation = "+-*"[random.Next(3)];
            return new($"({left.Text} {operation} {right.Text})", v => (left.Value(v), right.Value(v)) switch
            {
                (long a, long b) => operation switch { '+' => a + b, '-' => a - b, _ => a * b },
                (long or double, long or double) => Operate(
                    Convert.ToDouble(left.Value(v), CultureInfo.InvariantCulture), operation,
                    Convert.ToDouble(right.Value(v), CultureInfo.InvariantCulture)),
                _ => null,
            });
        }

        return random.Next(3) == 0 ? Constant(random) : Name(random, arithmetic);
    }

    private static double Operate(double a, char operation, double b) => operation switch { '+' => a + b, '-' => a - b, _ => a * b };

    private static NaiveCondition Number(Random random)
    {
        if (random.Next(2) == 0)
            return Name(random, true);
        long whole = random.Next(5);
        return new(whole.ToString(CultureInfo.InvariantCulture), _ => whole);
    }

    private static NaiveCondition Name(Random random, bool selector)
    {
        string name = ((char)('a' + random.Next(6))).ToString();
        return new(selector ? name : "tags." + name, v => v.GetValueOrDefault(name));
    }

    private static NaiveCondition Constant(Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                long whole = random.Next(-2, 4);
                return new(whole.ToString(CultureInfo.InvariantCulture), _ => whole);
            case 1:
                double number = random.Next(-4, 8) / 2.0;
                return new(number.ToString("F1", CultureInfo.InvariantCulture), _ => number);
            case 2:
                bool truth = random.Next(2) == 0;
                return new(truth ? "true" : "FALSE", _ => truth);
            default:
                string text = Words(random);
                return new($"'{text}'", _ => text);
        }
    }

    /// <summary>Values for some of the names.</summary>
    public static Dictionary<string, object?> Values(Random random)
    {
        var values = new Dictionary<string, object?>();
        for (char name = 'a'; name < 'f'; name++) // The last name never has a value.
        {
            object? value = random.Next(5) switch
            {
                0 => (long)random.Next(-2, 4),
                1 => (random.Next(-4, 7) / 2.0) + 0.25,
                2 => random.Next(2) == 0,
                3 => Words(random),
                _ => null,
            };
            if (value is not null)
                values[name.ToString()] = value;
        }

        return values;
    }

    private static string Words(Random random) => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => "ab"[random.Next(2)]));
}
