namespace Restante.Core.Mailboxes;

/// <summary>The messages that one filter did not want. While the set of them is lent it is not changed.</summary>
internal sealed class PassedMessages(IMessageFilter filter)
{
    private const int Usual = 10_000;

    private readonly Lock _gate = new();
    private HashSet<Sequence> _messages = [];
    private int _lent;
    private bool _isFirstLook = true;
    private int _most = Usual;

    /// <summary>Whether a message is among them.</summary>
    public bool Has(Sequence message)
    {
        lock (_gate)
            return _messages.Contains(message);
    }

    /// <summary>
    /// Where the next look through the mailbox goes on: here, or at the front for another filter, or when there are twice as many as the
    /// first look has found, and <see cref="Usual"/>.
    /// </summary>
    public PassedMessages GoOn(IMessageFilter next)
    {
        lock (_gate)
        {
            _isFirstLook = false;
            return ReferenceEquals(next, filter) && _messages.Count < _most ? this : new PassedMessages(next);
        }
    }

    /// <summary>Lends the set until it is taken back.</summary>
    public IReadOnlySet<Sequence> Lend()
    {
        lock (_gate)
        {
            _lent++;
            return _messages;
        }
    }

    /// <summary>Takes back what was lent.</summary>
    public void TakeBack(IReadOnlySet<Sequence> lent)
    {
        lock (_gate)
            _lent -= ReferenceEquals(lent, _messages) ? 1 : 0;
    }

    /// <summary>Adds messages.</summary>
    public void Add(IEnumerable<Sequence> messages)
    {
        lock (_gate)
        {
            if (_lent > 0)
            {
                _messages = [.. _messages];
                _lent = 0;
            }

            _messages.UnionWith(messages);
            if (_isFirstLook)
                _most = Math.Max(Usual, 2 * _messages.Count);
        }
    }
}
