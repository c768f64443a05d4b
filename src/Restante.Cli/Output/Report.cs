using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Restante.Contracts;
using Spectre.Console;

namespace Restante.Cli.Output;

/// <summary>What a command has to say: tables for people, JSON for scripts.</summary>
internal sealed class Report(CliSurroundings surroundings, bool json)
{
    /// <summary>True when scripts read it.</summary>
    public bool IsJson { get; } = json;

    /// <summary>A time as people read it.</summary>
    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The same of one that there may be; null when there is none.</summary>
    public static string? Time(DateTimeOffset? time) => time is DateTimeOffset at ? Time(at) : null;

    /// <summary>A number as people and scripts read it.</summary>
    public static string Number(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The same of one that there may be; null when there is none.</summary>
    public static string? Number(long? value) => value is long number ? Number(number) : null;

    /// <summary>A number of messages.</summary>
    public static string Messages(long count) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{count} message{(count == 1 ? string.Empty : "s")}");

    /// <summary>A body in one line.</summary>
    public static string Body(MessageParts message) => message.Body is JsonElement body
        ? body.ValueKind == JsonValueKind.String ? body.GetString()! : body.GetRawText()
        : message.BodyBase64 is string base64 ? $"base64:{base64}" : string.Empty;

    /// <summary>Writes one value on one line.</summary>
    public void Json<T>(T value, JsonTypeInfo<T> type) => surroundings.Out.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>Writes values as one array.</summary>
    public void JsonList<T>(IEnumerable<T> values, JsonTypeInfo<T> type) =>
        surroundings.Out.WriteLine("[" + string.Join(',', values.Select(v => JsonSerializer.Serialize(v, type))) + "]");

    /// <summary>Writes a line for people; nothing for scripts.</summary>
    public void Note(string text)
    {
        if (!IsJson)
            surroundings.Out.WriteLine(SafeText.Of(text));
    }

    /// <summary>Writes a line of fields.</summary>
    public void Line(params string[] fields) => surroundings.Out.WriteLine(string.Join("  ", fields.Select(SafeText.Of)).TrimEnd());

    /// <summary>Writes names and values; values that are null are left out.</summary>
    public void Facts(params (string Name, string? Value)[] facts)
    {
        int width = facts.Max(f => f.Name.Length);
        foreach ((string name, string? value) in facts)
        {
            if (value is not null)
                surroundings.Out.WriteLine($"{name.PadRight(width)}  {SafeText.Of(value)}");
        }
    }

    /// <summary>Shows one thing: the whole of it for scripts, else names and values.</summary>
    public void Facts<T>(T value, JsonTypeInfo<T> type, params (string Name, string? Value)[] facts)
    {
        if (IsJson)
            Json(value, type);
        else
            Facts(facts);
    }

    /// <summary>Writes a table; the last words when it has no rows.</summary>
    public void Table(string[] headings, IEnumerable<string?[]> rows, string whenEmpty)
    {
        List<string[]> cells = [.. rows.Select(row => row.Select(SafeText.Of).ToArray())];
        if (surroundings.IsTerminal && cells.Count > 0)
            Draw(headings, cells);
        else if (surroundings.IsTerminal)
            surroundings.Out.WriteLine(whenEmpty);
        else
            Align(headings, cells);
    }

    private void Draw(string[] headings, List<string[]> rows)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (string heading in headings)
            table.AddColumn(new TableColumn(new Text(heading)));
        foreach (string[] row in rows)
            table.AddRow(row.Select(cell => new Text(cell)));
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(surroundings.Out) }).Write(table);
    }

    private void Align(string[] headings, List<string[]> rows)
    {
        int[] widths = [.. headings.Select((heading, i) => rows.Select(row => row[i].Length).Append(heading.Length).Max())];
        foreach (string[] row in rows.Prepend(headings))
            surroundings.Out.WriteLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }
}
