namespace Restante.Core.History;

/// <summary>The names of events on the wire and for people.</summary>
public static class HistoryEventNames
{
    /// <summary>The name: <c>handed-out</c>, <c>disconnected</c>, and so on.</summary>
    public static string Name(this HistoryEvent what) => what switch
    {
        HistoryEvent.TakenOver => "taken-over",
        HistoryEvent.HandedOut => "handed-out",
        _ => what.ToString().ToLowerInvariant(),
    };
}
