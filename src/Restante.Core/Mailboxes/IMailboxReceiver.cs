using Restante.Core.Sessions;
using Restante.Core.Signals;

namespace Restante.Core.Mailboxes;

/// <summary>The connection that holds a mailbox. <see cref="IWakeable.Wake"/> says that there is mail to lease.</summary>
public interface IMailboxReceiver : IWakeable
{
    /// <summary>Which connection it is, for the history of what it is handed. Asked from any thread, also after its end.</summary>
    ConnectionName Connection => default;

    /// <summary>
    /// The mailbox was taken: by a newer connection, or with the device. The receiver tells its peer why and closes. Called from any
    /// thread; must not block.
    /// </summary>
    void OnMailboxTaken(string reason);
}
