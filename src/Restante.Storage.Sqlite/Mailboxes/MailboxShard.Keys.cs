using Restante.Core.Mailboxes;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <content>The keys by which newer messages replace older ones. Few messages have one; the others cost nothing here.</content>
internal sealed partial class MailboxShard
{
    private readonly Dictionary<(long Device, string Key), List<int>> _keyed = [];
    private readonly Dictionary<long, string> _keys = [];

    /// <summary>
    /// Claims the messages of a mailbox that have a key and are in nobody's hands, to end them as cancelled. For the writer's thread.
    /// </summary>
    public void ClaimReplaced(long device, string key, List<Claim> claims)
    {
        lock (_gate)
        {
            if (!_keyed.TryGetValue((device, key), out List<int>? places))
                return;
            foreach (int place in places)
            {
                if (_entries[place].IsWaiting)
                    claims.Add(ClaimEnd(place, Outcome.Cancelled));
            }
        }
    }

    private void AddKey(int place, long device, string key)
    {
        _entries[place].States |= EntryStates.HasKey;
        _keys.Add(_entries[place].Sequence, key);
        if (!_keyed.TryGetValue((device, key), out List<int>? places))
            _keyed.Add((device, key), places = new List<int>(1));
        places.Add(place);
    }

    private void RemoveKey(int place, long device)
    {
        _keys.Remove(_entries[place].Sequence, out string? key);
        List<int> places = _keyed[(device, key!)];
        places.Remove(place);
        if (places.Count == 0)
            _keyed.Remove((device, key!));
    }
}
