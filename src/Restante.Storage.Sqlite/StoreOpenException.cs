namespace Restante.Storage.Sqlite;

/// <summary>The store cannot be opened; the message names the file, what is wrong with it, and how to mend it.</summary>
public sealed class StoreOpenException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StoreOpenException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public StoreOpenException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
