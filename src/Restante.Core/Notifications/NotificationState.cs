namespace Restante.Core.Notifications;

/// <summary>What is true of a notification.</summary>
public enum NotificationState
{
    /// <summary>Devices of its audience get it.</summary>
    Active = 0,

    /// <summary>Its time has passed; nobody gets it any more.</summary>
    Expired = 1,

    /// <summary>Its sender or an operator has taken it back; nobody gets it any more.</summary>
    Recalled = 2,
}
