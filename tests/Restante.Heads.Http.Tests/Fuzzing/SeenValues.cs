using System.Text.Json;

namespace Restante.Heads.Http.Tests.Fuzzing;

/// <summary>What answers have told, to be asked for in later requests by whoever comes: ids, leases, places.</summary>
internal sealed class SeenValues
{
    private const int MaxEach = 20;
    private const int MaxLength = 100;

    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);

    /// <summary>Takes in the members of an answer.</summary>
    /// <returns>True when it holds a lease, which somebody can do something with now.</returns>
    public bool Learn(string? media, byte[] body)
    {
        if (media != "application/json" || body.Length == 0)
            return false;
        using JsonDocument answer = JsonDocument.Parse(body);
        return Learn(answer.RootElement);
    }

    /// <summary>A value for a place in a path, mostly one of the last; null when there is none.</summary>
    /// <param name="random">The source.</param>
    /// <param name="place">The name of the place.</param>
    public string? Pick(Random random, string place)
    {
        string[] names = place switch
        {
            "id" or "command" or "message" => ["id", "command"],
            "group" => ["name"],
            _ => [place],
        };
        if (!_values.TryGetValue(names[random.Next(names.Length)], out List<string>? values))
            return null;

        // Numbers are what most places with an id take; devices are known by name anyway.
        if (place != "group" && place != "name")
            values = values.FindAll(v => char.IsAsciiDigit(v[0]));
        if (values.Count == 0)
            return null;
        return values[random.Next(2) == 0 ? values.Count - 1 : random.Next(values.Count)];
    }

    private bool Learn(JsonElement element)
    {
        bool isLeased = false;
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
                isLeased |= Learn(item);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in element.EnumerateObject())
            {
                isLeased |= member.Name == "lease" || Learn(member.Value);
                if (member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                    Add(member.Name, member.Value.ToString());
            }
        }

        return isLeased;
    }

    private void Add(string name, string value)
    {
        if (value.Length is 0 or > MaxLength)
            return;
        if (!_values.TryGetValue(name, out List<string>? values))
            _values.Add(name, values = []);
        values.Remove(value);
        values.Add(value);
        if (values.Count > MaxEach)
            values.RemoveAt(0);
    }
}
