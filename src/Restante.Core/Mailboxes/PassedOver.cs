namespace Restante.Core.Mailboxes;

/// <summary>
/// The messages that a receiver's filter did not want, so that they are not looked at again. A filter of another receiver begins anew.
/// </summary>
internal sealed class PassedOver
{
    private readonly Lock _gate = new();
    private PassedMessages? _latest;

    /// <summary>
    /// What a filter has not wanted up to now, for one look through the mailbox. When it has become very many, most of which must have
    /// ended, the look begins anew; only here, so that it comes to an end however many messages there are.
    /// </summary>
    public PassedMessages Begin(IMessageFilter filter)
    {
        lock (_gate)
        {
            _latest = _latest is null ? new PassedMessages(filter) : _latest.GoOn(filter);
            return _latest;
        }
    }

    /// <summary>Whether the filter that came last did not want a message.</summary>
    public bool Has(Sequence message)
    {
        lock (_gate)
            return _latest?.Has(message) == true;
    }
}
