using Restante.Core.Devices;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>Finds devices by id, in memory or in the database.</summary>
internal sealed class DeviceDirectory(DeviceNumbers numbers, DeviceCache cache, ReaderPool readers)
{
    /// <exception cref="StoreUnavailableException">The database cannot be read now.</exception>
    public DeviceRecord? Find(DeviceId id)
    {
        if (cache.Find(id.Value, out int ticket) is DeviceRecord known)
            return known;
        DeviceRecord? read = readers.Read(id, RegistryRows.ReadDevice);
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
        cache.Changed(record.Id, record);
    }

    public void Updated(DeviceRecord record) => cache.Changed(record.Id, record);

    /// <summary>The entry of a device that is still there has changed with that of another.</summary>
    public void Forget(DeviceId id) => cache.Changed(id, null);

    public void Removed(DeviceId id)
    {
        numbers.Remove(id.Value);
        cache.Changed(id, null);
    }
}
