using Microsoft.Extensions.Logging;

namespace Restante.Server.Configuration;

/// <summary>What is logged, to standard error.</summary>
public sealed record LogOptions
{
    /// <summary>The least level that is logged: Trace, Debug, Information, Warning, Error, Critical or None.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>One JSON object a line instead of text.</summary>
    public bool Json { get; init; }
}
