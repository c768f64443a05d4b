namespace Restante.Simulation.Tests.Disk;

/// <summary>What fails at present, in a thousand.</summary>
internal sealed class DiskTrouble
{
    /// <summary>Commits of the database.</summary>
    public int CommitPerMille { get; set; }

    /// <summary>Writes and syncs of the log.</summary>
    public int LogPerMille { get; set; }

    public bool IsAny => CommitPerMille > 0 || LogPerMille > 0;

    public void End() => CommitPerMille = LogPerMille = 0;
}
