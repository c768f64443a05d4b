namespace Restante.Architecture.Tests.Specifications;

/// <summary>The statements of one specification, from its file under tests/Restante.Specifications/Statements.</summary>
internal sealed class SpecificationList
{
    private const string NotKept = "Not kept: ";

    private SpecificationList(string title, string prefix, string file)
    {
        Title = title;
        string path = Path.Combine(Repository.Root, "tests", "Restante.Specifications", "Statements", file);
        Statements = [.. File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#').Select(line => Read(prefix, line))];
        Notes = [.. File.ReadLines(path).Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..])];
    }

    /// <summary>All of them, in the order of the page.</summary>
    public static IReadOnlyList<SpecificationList> All { get; } =
    [
        new("MQTT 5.0", "MQTT5-", "mqtt-5.txt"),
        new("MQTT 3.1.1", "MQTT3-", "mqtt-3.1.1.txt"),
        new("AMQP 1.0", "AMQP-", "amqp-1.0.txt"),
    ];

    /// <summary>The name of the specification.</summary>
    public string Title { get; }

    /// <summary>What is to be said about the list as a whole.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Its statements, in their order.</summary>
    public IReadOnlyList<Statement> Statements { get; }

    private static Statement Read(string prefix, string line)
    {
        string[] parts = line.Split(" | ");
        Assert.True(parts.Length is 3 or 4 && parts[1] is "server" or "client" or "both", $"Not a statement: {line}");
        string? reason = parts.Length == 4 ? parts[3] : null;
        bool isKept = reason is null || !reason.StartsWith(NotKept, StringComparison.Ordinal);
        return new Statement(prefix + parts[0], parts[0], parts[1], parts[2], reason, isKept);
    }
}
