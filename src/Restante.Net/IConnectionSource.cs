namespace Restante.Net;

/// <summary>Where connections come from, and what is stopped when the gateway stops.</summary>
internal interface IConnectionSource
{
    /// <summary>Accepts no more, drains every connection, and after <paramref name="drainTimeout"/> aborts those that are left.</summary>
    Task StopAsync(string reason, TimeSpan drainTimeout);
}
