using Restante.Core.Metrics;
using Restante.Core.Refusals;

namespace Restante.Heads.Http.Problems;

/// <summary>
/// Counts what is refused in <c>restante.refusals</c>. It is a service, as results know nothing but the request that they answer.
/// </summary>
internal sealed class RefusalCount
{
    /// <summary>The counters; set when the interface is mapped.</summary>
    public CoreMetrics? Metrics { get; set; }

    public void Add(RefusalKind kind) => Metrics?.Refused(kind);
}
