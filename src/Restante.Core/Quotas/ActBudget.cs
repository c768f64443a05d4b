using System.Globalization;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Metrics;
using Restante.Core.Refusals;

namespace Restante.Core.Quotas;

/// <summary>
/// How many administrative acts each policy with a scope may do in a day. What is noted of an act stands in the audit log, the events and
/// the history beside what is noted of everybody, and the oldest goes: who reaches a part only shall not push out the rest. A policy
/// without a scope has no bound. Tries count, too. Safe for several threads.
/// </summary>
public sealed class ActBudget
{
    private readonly QuotaAccounts<string> _policies = new(SendingQuotas.MaxAccounts);
    private readonly QuotaRate _acts;
    private readonly TimeProvider _time;
    private readonly CoreMetrics _metrics;
    private readonly long _start;

    internal ActBudget(GatewayLimits limits, TimeProvider time, CoreMetrics metrics)
    {
        _acts = QuotaRate.PerDay(Quota.PolicyActs, limits.MaxActsPerDayPerScopedPolicy);
        _time = time;
        _metrics = metrics;
        _start = time.GetTimestamp();
    }

    /// <summary>Policies that are counted at present.</summary>
    internal int Accounts => _policies.Count;

    private long NowNs => _time.GetElapsedTime(_start).Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>A service is about to do an act: null when it may, else the refusal, <c>throttled</c>.</summary>
    public Refusal? Take(ServicePrincipal by) => TakeUpTo(by, 1) == 1 ? null : Refuse(by, 1);

    /// <summary>A service is about to do many acts: how many of them it may.</summary>
    internal int TakeUpTo(ServicePrincipal by, int count) => by.Scope is not null && _acts.IsOn && _policies.Open(by.Name) is { } account
        ? account.Acts.TakeUpTo(_acts, count, NowNs)
        : count;

    /// <summary>What was taken for turned out to be none.</summary>
    /// <param name="by">Who took.</param>
    /// <param name="count">How many.</param>
    internal void PutBack(ServicePrincipal by, int count = 1) => _policies.Find(by.Name)?.Acts.PutBack(_acts, count);

    /// <summary>The refusal of acts that are too many, which it counts.</summary>
    internal Refusal Refuse(ServicePrincipal by, int count)
    {
        for (int i = 0; i < count; i++)
            _metrics.QuotaRefused(_acts.Quota);
        long waitNs = _policies.Find(by.Name)?.Acts.Wait(_acts, NowNs) ?? 0;
        long waitMs = Math.Max((waitNs + 999_999) / 1_000_000, 1);
        return new Refusal(
            RefusalKind.Throttled,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The policy '{by.Name}' has done more than its quota of {_acts.Amount} acts in a day. Come back in {waitMs} ms."))
        {
            RetryAfterMs = waitMs,
        };
    }

    /// <summary>Forgets who has done nothing lately.</summary>
    internal void Sweep() => _policies.Sweep(NowNs);
}
