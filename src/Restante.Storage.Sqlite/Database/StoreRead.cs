using Restante.Core.Storage;

namespace Restante.Storage.Sqlite.Database;

/// <summary>Reads that are answered at once.</summary>
internal static class StoreRead
{
    /// <summary>What was read; that it cannot be read now is the result's failure, not the call's.</summary>
    public static ValueTask<T> Of<T>(Func<T> read)
    {
        try
        {
            return ValueTask.FromResult(read());
        }
        catch (StoreUnavailableException failure)
        {
            return ValueTask.FromException<T>(failure);
        }
    }
}
