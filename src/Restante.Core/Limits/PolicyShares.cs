namespace Restante.Core.Limits;

/// <summary>
/// Who of the policies has how many of a common number of places. None may take more than its share, so that one that runs wild leaves
/// room for the others. Safe for several threads.
/// </summary>
/// <param name="max">The share of each policy, at least 1; see <see cref="Of"/>.</param>
public sealed class PolicyShares(int max)
{
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>The share of each policy.</summary>
    public int Max => max;

    /// <summary>The share that is so many percent of the places, but at least one place.</summary>
    public static int Of(int places, int percent) => Math.Max(1, (int)((long)places * percent / 100));

    /// <summary>One place more for a policy; false when it has its share.</summary>
    public bool TryTake(string policy)
    {
        lock (_gate)
        {
            int taken = _taken.GetValueOrDefault(policy);
            if (taken >= max)
                return false;
            _taken[policy] = taken + 1;
            return true;
        }
    }

    /// <summary>One place less.</summary>
    public void Return(string policy)
    {
        lock (_gate)
        {
            if (_taken.GetValueOrDefault(policy) > 1)
                _taken[policy]--;
            else
                _taken.Remove(policy);
        }
    }
}
