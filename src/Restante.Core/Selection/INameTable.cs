namespace Restante.Core.Selection;

/// <summary>The names of a language, and which of them a text uses.</summary>
internal interface INameTable
{
    /// <summary>The variable that a name stands for; the same name gives the same place.</summary>
    /// <param name="name">The parts of the name.</param>
    /// <param name="expected">What would be a name; null when this is one.</param>
    Variable? Find(NamePart[] name, out string? expected);
}
