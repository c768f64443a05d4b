namespace Restante.Core.Messages;

/// <summary>What a message in a mailbox is.</summary>
public enum MessageKind
{
    /// <summary>An instruction of a service to one device, with exactly one outcome.</summary>
    Command = 0,

    /// <summary>Something that many devices should know.</summary>
    Notification = 1,

    /// <summary>What a service sends back to an inquiry.</summary>
    Answer = 2,
}
