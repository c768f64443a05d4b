namespace Restante.Core.Mailboxes;

/// <summary>What a receiver says of a leased message.</summary>
public enum SettleVerb
{
    /// <summary>Done; it is not delivered again.</summary>
    Accept = 0,

    /// <summary>Never deliver it again.</summary>
    Reject = 1,

    /// <summary>Give it back; it keeps its place and is delivered again.</summary>
    Release = 2,

    /// <summary>Hold the lease longer.</summary>
    Renew = 3,
}
