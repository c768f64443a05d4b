namespace Restante.Core.Mailboxes;

/// <summary>
/// The messages that a receiver's filter did not want, so that they are not looked at again. A filter of another receiver begins anew. Once
/// a set has been handed out it is never changed.
/// </summary>
internal sealed class PassedOver
{
    private const int Most = 10_000;

    private readonly Lock _gate = new();
    private IMessageFilter? _filter;
    private HashSet<Sequence>? _messages;

    /// <summary>What a filter did not want; null when nothing is known.</summary>
    public IReadOnlySet<Sequence>? Of(IMessageFilter filter)
    {
        lock (_gate)
            return ReferenceEquals(_filter, filter) ? _messages : null;
    }

    /// <summary>Whether the filter that came last did not want a message.</summary>
    public bool Has(Sequence message)
    {
        lock (_gate)
            return _messages?.Contains(message) == true;
    }

    /// <summary>Adds messages; from very many, most of which must have ended, it begins anew.</summary>
    public void Add(IMessageFilter filter, IEnumerable<Sequence> messages)
    {
        lock (_gate)
        {
            bool goesOn = ReferenceEquals(_filter, filter) && _messages!.Count < Most;
            _messages = new HashSet<Sequence>(goesOn ? _messages!.Concat(messages) : messages);
            _filter = filter;
        }
    }
}
