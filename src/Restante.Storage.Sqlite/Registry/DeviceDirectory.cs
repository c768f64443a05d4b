using Restante.Core.Devices;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>Finds devices by id, in memory or in the database, and keeps what is known of their groups.</summary>
internal sealed class DeviceDirectory(
    DeviceNumbers numbers, DeviceCache cache, GroupIndex groups, RegistryRows rows, ReaderPool readers)
{
    /// <exception cref="StoreUnavailableException">The database cannot be read now.</exception>
    public DeviceRecord? Find(DeviceId id)
    {
        if (cache.Find(id.Value, out int ticket) is DeviceRecord known)
            return known;
        if (numbers.TryFind(id.Value, out long number) && number == 0)
            return null; // From memory, as the devices that the cache has: the time of an answer does not tell them apart.
        DeviceRecord? read = readers.Read((rows, id), static (c, x) => x.rows.ReadDevice(c, x.id));
        if (read is not null)
            cache.Loaded(read, ticket);
        return read;
    }

    /// <summary>The number of a device; 0 when there is none.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be read now.</exception>
    public long FindNumber(DeviceId id) =>
        numbers.TryFind(id.Value, out long number) ? number : readers.Read(id, RegistryRows.ReadNumber);

    public void Created(DeviceRecord record)
    {
        numbers.Add(record.Id.Value, record.Number.Value);
        groups.Add(record.Number.Value, record.Groups);
        cache.Changed(record.Id, record);
    }

    /// <summary>A device has changed.</summary>
    /// <param name="record">What it is now.</param>
    /// <param name="groupsBefore">The groups it was in.</param>
    public void Updated(DeviceRecord record, IReadOnlyList<string> groupsBefore)
    {
        if (!record.Groups.SequenceEqual(groupsBefore))
            groups.Change(record.Number.Value, groupsBefore, record.Groups);
        cache.Changed(record.Id, record);
    }

    /// <summary>The entry of a device that is still there has changed with that of another.</summary>
    public void Forget(DeviceId id) => cache.Changed(id, null);

    public void Removed(DeviceRecord record)
    {
        numbers.Remove(record.Id.Value);
        groups.Remove(record.Number.Value, record.Groups);
        cache.Changed(record.Id, null);
    }
}
