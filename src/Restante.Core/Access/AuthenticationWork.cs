namespace Restante.Core.Access;

/// <summary>
/// Counts what authentications cost, for the tests that show that a refusal costs the same whatever its cause: what takes time is counted
/// where it is done.
/// </summary>
internal sealed class AuthenticationWork
{
    private int _lookups, _comparisons, _chains;

    /// <summary>Reads of the registry.</summary>
    public int Lookups => _lookups;

    /// <summary>Keys, signatures and thumbprints compared.</summary>
    public int Comparisons => _comparisons;

    /// <summary>Certificates followed to the authorities.</summary>
    public int Chains => _chains;

    public void LookedUp() => Interlocked.Increment(ref _lookups);

    public void Compared() => Interlocked.Increment(ref _comparisons);

    public void Followed() => Interlocked.Increment(ref _chains);

    /// <inheritdoc/>
    public override string ToString() => $"{Lookups} lookups, {Comparisons} comparisons, {Chains} chains";
}
