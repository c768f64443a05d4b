namespace Restante.Contracts;

/// <summary>A line of an import that was refused.</summary>
public sealed record ImportFailure
{
    /// <summary>The line, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The device's id, when it could be read.</summary>
    public string? Id { get; init; }

    /// <summary>The kind of refusal.</summary>
    public required string Kind { get; init; }

    /// <summary>
    /// The field gateway, when all that is wrong is that there is no device of that id: once there is, the line can be done.
    /// </summary>
    public string? MissingGateway { get; init; }

    /// <summary>Why.</summary>
    public required string Detail { get; init; }
}
