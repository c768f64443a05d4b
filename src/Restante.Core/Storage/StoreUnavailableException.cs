namespace Restante.Core.Storage;

/// <summary>
/// The store cannot take the call now (no room, an error of the medium, shutting down). Nothing of the call was written, and
/// what was acknowledged before is kept. Callers refuse the work as <c>unavailable</c>; the store recovers by itself.
/// </summary>
public sealed class StoreUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StoreUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public StoreUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
