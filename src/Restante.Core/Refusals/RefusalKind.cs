namespace Restante.Core.Refusals;

/// <summary>The catalogue of domain refusals. Each protocol head maps it once.</summary>
public enum RefusalKind
{
    /// <summary>What was named does not exist.</summary>
    NotFound,

    /// <summary>The caller is not authenticated.</summary>
    Unauthorized,

    /// <summary>The caller is known but may not.</summary>
    Forbidden,

    /// <summary>It exists already, or has changed meanwhile.</summary>
    Conflict,

    /// <summary>The mailbox holds as much as it may.</summary>
    MailboxFull,

    /// <summary>The message is larger than allowed.</summary>
    TooLarge,

    /// <summary>The input breaks a rule that the message names.</summary>
    Malformed,

    /// <summary>Its time has passed: the message's expiry, or the lease.</summary>
    Expired,

    /// <summary>Too much at once; come back later.</summary>
    Throttled,

    /// <summary>There are as many as there may be, and waiting does not change that.</summary>
    LimitReached,

    /// <summary>The gateway cannot take work now; come back later.</summary>
    Unavailable,
}
