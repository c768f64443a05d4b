using Restante.Core.Signals;

namespace Restante.Core.Mailboxes;

/// <summary>The connection that holds a mailbox. <see cref="IWakeable.Wake"/> says that there is mail to lease.</summary>
public interface IMailboxReceiver : IWakeable
{
    /// <summary>
    /// The mailbox was taken: by a newer connection, or with the device. The receiver tells its peer why and closes. Called from any thread;
    /// must not block.
    /// </summary>
    void OnMailboxTaken(string reason);
}
