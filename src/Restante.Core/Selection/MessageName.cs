using System.Text;
using Restante.Core.Messages;

namespace Restante.Core.Selection;

/// <summary>Something of a message that a selector looks at: its kind, a field, or a property.</summary>
internal readonly record struct MessageName(ContentField Field, byte[] Property)
{
    /// <summary>The kind of the message stands beside its content.</summary>
    public bool IsKind => Field == ContentField.End;

    public static MessageName Kind { get; } = new(ContentField.End, []);

    public static MessageName OfProperty(string name) => new(ContentField.Property, Encoding.UTF8.GetBytes(name));
}
