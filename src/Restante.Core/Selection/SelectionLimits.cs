namespace Restante.Core.Selection;

/// <summary>How large an audience query or a message selector may be. Fixed, as they bound what one evaluation costs.</summary>
public static class SelectionLimits
{
    /// <summary>The longest text, in characters.</summary>
    public const int MaxLength = 2_048;

    /// <summary>How deep parentheses, <c>not</c> and signs may stand in one another.</summary>
    public const int MaxDepth = 32;

    /// <summary>Comparisons, tests and arithmetic operations in one text.</summary>
    public const int MaxTerms = 64;

    /// <summary>The longest text value of a message that a selector looks at, in bytes; a longer one is as good as none.</summary>
    public const int MaxValueBytes = 4_096;
}
