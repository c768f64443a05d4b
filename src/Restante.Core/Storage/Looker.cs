namespace Restante.Core.Storage;

/// <summary>
/// For whom the devices are looked through, and for how long. Of one looker the store makes one look at a time, so that none stands before
/// the others, however much it asks for. The default is the gateway with its own work, which waits as long as it takes.
/// </summary>
/// <param name="Policy">The policy of the service that asks; null for the gateway itself.</param>
/// <param name="Cancellation">Cancelled when nobody waits for the answer any more.</param>
public readonly record struct Looker(string? Policy, CancellationToken Cancellation);
