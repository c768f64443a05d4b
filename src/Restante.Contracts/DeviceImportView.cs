namespace Restante.Contracts;

/// <summary>What became of an import of devices.</summary>
public sealed record DeviceImportView
{
    /// <summary>The most failures that are told.</summary>
    public const int MaxFailures = 1_000;

    /// <summary>How many were created.</summary>
    public required int Created { get; init; }

    /// <summary>How many were there and were changed.</summary>
    public required int Changed { get; init; }

    /// <summary>How many were there and are as their line says.</summary>
    public required int Unchanged { get; init; }

    /// <summary>How many lines were refused.</summary>
    public required int Failed { get; init; }

    /// <summary>The lines that were refused, in their order; 1,000 at the most.</summary>
    public required IReadOnlyList<ImportFailure> Failures { get; init; }
}
