namespace Restante.Core.Mailboxes;

/// <summary>The one terminal state of a command.</summary>
public enum Outcome
{
    /// <summary>The device accepted it.</summary>
    Accepted = 0,

    /// <summary>The device rejected it.</summary>
    Rejected = 1,

    /// <summary>Its time ran out before the device had settled it.</summary>
    Expired = 2,

    /// <summary>It had been handed out as often as is allowed, and was never settled.</summary>
    Undeliverable = 3,

    /// <summary>The sender or a purge took it back.</summary>
    Cancelled = 4,

    /// <summary>The device was removed while it waited.</summary>
    DeviceRemoved = 5,
}
