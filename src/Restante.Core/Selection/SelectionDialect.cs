namespace Restante.Core.Selection;

/// <summary>Which of the two languages is read; they share everything but their names and a few operators.</summary>
internal enum SelectionDialect
{
    /// <summary>Conditions on devices: <c>id</c>, <c>tags.…</c>, <c>groups</c>; hyphens in names, <c>has</c>, no arithmetic.</summary>
    Audience,

    /// <summary>Conditions on the properties of a message; arithmetic.</summary>
    Selector,
}
