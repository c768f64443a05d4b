namespace Restante.Cli;

/// <summary>A command cannot be done: what happened, how to mend it, and the exit code.</summary>
internal sealed class CliFailureException(ExitCode code, string message, string? mend = null) : Exception(message)
{
    public ExitCode Code { get; } = code;

    public string? Mend { get; } = mend;

    /// <summary>True when there was no answer in time: a busy gateway, perhaps, and not one that is not there.</summary>
    public bool IsTimeOut { get; init; }

    /// <summary>When the gateway said that it is worth trying again; null when it did not.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
