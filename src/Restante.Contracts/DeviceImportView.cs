namespace Restante.Contracts;

/// <summary>What became of an import of devices.</summary>
public sealed record DeviceImportView
{
    /// <summary>How many were created.</summary>
    public required int Created { get; init; }

    /// <summary>How many were there and were changed.</summary>
    public required int Changed { get; init; }

    /// <summary>How many lines were refused.</summary>
    public required int Failed { get; init; }

    /// <summary>The first 100 of the lines that were refused.</summary>
    public required IReadOnlyList<ImportFailure> Failures { get; init; }
}
