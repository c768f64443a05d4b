namespace Restante.Server.Safekeeping;

/// <summary>What a backup holds.</summary>
/// <param name="Files">How many files.</param>
/// <param name="Bytes">How many bytes they have.</param>
/// <param name="NeededKeys">The ids of the master keys that open its secrets.</param>
/// <param name="HasMasterKey">Whether those keys are in it.</param>
/// <param name="LeftOut">The files that were left out, as they hold keys.</param>
internal sealed record BackupSummary(
    int Files, long Bytes, IReadOnlyList<string> NeededKeys, bool HasMasterKey, IReadOnlyList<string> LeftOut);
