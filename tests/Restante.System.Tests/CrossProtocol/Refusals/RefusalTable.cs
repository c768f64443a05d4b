using Restante.Core.Refusals;

namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>How every refusal looks on every protocol: the table of the documentation, with what proves it.</summary>
internal static class RefusalTable
{
    public static IReadOnlyList<RefusalCase> All { get; } = [.. AmqpRefusals.All, .. MqttRefusals.All, .. HttpsRefusals.All];

    /// <summary>The lines of the table as the documentation has them.</summary>
    public static IEnumerable<string> Lines() =>
    [
        "| kind | AMQP | MQTT 5 | MQTT 3.1.1 | HTTPS |",
        "|---|---|---|---|---|",
        .. Enum.GetValues<RefusalKind>().Select(static kind =>
            $"| {RefusalCase.NameOf(kind)} | {string.Join(" | ", Enum.GetValues<Dialect>().Select(dialect => Cell(kind, dialect)))} |"),
    ];

    private static string Cell(RefusalKind kind, Dialect dialect) => string.Join(
        "; ",
        All.Where(c => c.Kind == kind && c.Dialect == dialect).Select(static c => c.Answer ?? $"never: {c.What}").Distinct());
}
