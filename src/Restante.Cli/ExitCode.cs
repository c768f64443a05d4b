namespace Restante.Cli;

/// <summary>What the commands exit with.</summary>
public enum ExitCode
{
    /// <summary>Done.</summary>
    Done = 0,

    /// <summary>The gateway refused, or the command ended otherwise than accepted.</summary>
    Refused = 1,

    /// <summary>The command line or a setting is wrong; nothing was tried.</summary>
    Usage = 2,

    /// <summary>The gateway cannot be reached, or its certificate is not trusted.</summary>
    Unreachable = 3,

    /// <summary>The key was not accepted, or its policy may not do this.</summary>
    NotAuthorized = 4,

    /// <summary>What was named does not exist.</summary>
    NotFound = 5,

    /// <summary>The wait is over and the command is still open.</summary>
    StillOpen = 6,
}
