using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Abuse;

/// <summary>A test that mounts a file system of its own. Where that is not allowed it is reported as skipped.</summary>
public sealed class NeedsSmallDiskAttribute : FactAttribute
{
    private const string Try = "d=$(mktemp -d) && { mount -t tmpfs -o size=1m none \"$d\" && umount \"$d\"; e=$?; rmdir \"$d\"; exit $e; }";

    /// <summary>Whether a file system can be mounted here.</summary>
    public static bool CanMount { get; } = Tool.Works("sh", "-c", Try);

    public NeedsSmallDiskAttribute()
    {
        if (!CanMount)
            Skip = "A tmpfs cannot be mounted here; that needs root and a container that lets it.";
    }
}
