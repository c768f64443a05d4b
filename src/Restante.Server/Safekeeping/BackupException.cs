namespace Restante.Server.Safekeeping;

/// <summary>A backup cannot be made or not be restored. The message says why and how to mend it.</summary>
internal sealed class BackupException(string message, bool isDamage = false) : Exception(message)
{
    /// <summary>True when the backup itself is at fault.</summary>
    public bool IsDamage { get; } = isDamage;
}
