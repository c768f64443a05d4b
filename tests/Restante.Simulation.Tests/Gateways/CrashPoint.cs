namespace Restante.Simulation.Tests.Gateways;

/// <summary>In the middle of what the power fails.</summary>
internal enum CrashPoint
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>The next commit of the database: nobody has been answered, and it is there, or not, or in parts.</summary>
    Commit,

    /// <summary>Some change of the log's files.</summary>
    Log,
}
