using Restante.Core.Devices;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>What a sweep found to be due.</summary>
internal sealed class DueWork
{
    /// <summary>Lapsed leases and expired messages.</summary>
    public List<Claim> Claims { get; } = [];

    /// <summary>Devices with messages whose time to be handed out has come.</summary>
    public HashSet<DeviceNumber> WithMail { get; } = [];

    /// <summary>Messages whose time to be handed out has come.</summary>
    public int Started { get; set; }

    /// <summary>The messages that <see cref="WithMail"/> is about; they are told again when the sweep fails.</summary>
    public List<(MailboxShard Shard, int Place, long Sequence)> Told { get; } = [];

    public int Count => Claims.Count + Started;
}
