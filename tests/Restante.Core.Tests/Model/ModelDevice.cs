using Restante.Core.Access;
using Restante.Core.Mailboxes;
using Restante.Core.Tests.Support;

namespace Restante.Core.Tests.Model;

/// <summary>One generation of a device.</summary>
internal sealed class ModelDevice
{
    public required DevicePrincipal Principal { get; init; }

    public bool Removed { get; set; }

    public List<ModelMessage> Messages { get; } = [];

    /// <summary>All sessions there ever were, the holder last.</summary>
    public List<(MailboxSession Session, TestReceiver Receiver)> Sessions { get; } = [];

    /// <summary>False when the last session was closed.</summary>
    public bool Held { get; set; }
}
