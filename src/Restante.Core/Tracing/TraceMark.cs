using System.Diagnostics;

namespace Restante.Core.Tracing;

/// <summary>Where a span begins: the trace that a message carries, and the instant. The default value is no trace.</summary>
/// <param name="Parent">The span that the message was made in.</param>
/// <param name="Start">When the span begins.</param>
internal readonly record struct TraceMark(ActivityContext Parent, DateTimeOffset Start)
{
    /// <summary>Whether there is anything to record.</summary>
    public bool IsTraced => Parent != default;
}
