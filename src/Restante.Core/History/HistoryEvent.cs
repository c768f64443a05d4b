namespace Restante.Core.History;

/// <summary>What a history holds. The numbers are stored.</summary>
public enum HistoryEvent
{
    /// <summary>The device was created; the detail names the enrolment group that it was created by, if one did.</summary>
    Created = 1,

    /// <summary>The device was changed; the detail says what.</summary>
    Changed = 2,

    /// <summary>The device was removed.</summary>
    Removed = 3,

    /// <summary>The device connected; the detail names the credential.</summary>
    Connected = 4,

    /// <summary>Somebody who named the device was refused; the detail says why. Several are one entry with a count.</summary>
    Refused = 5,

    /// <summary>A newer connection took the mailbox from an older one of the same device; the detail names the older one.</summary>
    TakenOver = 6,

    /// <summary>A connection of the device ended; the detail says why.</summary>
    Disconnected = 7,

    /// <summary>A receiver gave the mailbox up and had not settled all it had been handed; that waits again.</summary>
    Detached = 8,

    /// <summary>A message was handed out.</summary>
    HandedOut = 9,

    /// <summary>The receiver gave a message back; the detail has its words.</summary>
    Released = 10,

    /// <summary>The lease of a message lapsed; it waits again or has ended.</summary>
    Lapsed = 11,

    /// <summary>A hand-out never reached the receiver and does not count.</summary>
    Returned = 12,

    /// <summary>Further changes of the device, which are noted together with their count.</summary>
    Folded = 13,

    /// <summary>The gateway issued a certificate to the device; the detail is its serial number.</summary>
    CertificateIssued = 14,

    /// <summary>An operator revoked a certificate that was issued to the device; the detail is its serial number.</summary>
    CertificateRevoked = 15,
}
