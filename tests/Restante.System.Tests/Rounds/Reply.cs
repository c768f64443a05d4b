namespace Restante.System.Tests.Rounds;

/// <summary>What the gateway said to an act.</summary>
internal enum Reply
{
    /// <summary>Nothing: it may have been done or not.</summary>
    None,

    /// <summary>It was done, and has to last.</summary>
    Done,

    /// <summary>It was not done.</summary>
    Refused,
}
