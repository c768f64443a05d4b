namespace Restante.Core.Messages;

/// <summary>A choice of <see cref="MessageKind"/>.</summary>
[Flags]
public enum MessageKinds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Commands.</summary>
    Commands = 1 << MessageKind.Command,

    /// <summary>Notifications.</summary>
    Notifications = 1 << MessageKind.Notification,

    /// <summary>Answers.</summary>
    Answers = 1 << MessageKind.Answer,

    /// <summary>Whatever there is.</summary>
    All = Commands | Notifications | Answers,
}
