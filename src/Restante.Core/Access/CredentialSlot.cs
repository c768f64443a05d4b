namespace Restante.Core.Access;

/// <summary>
/// Which of the two credentials of a device or policy is meant. Both may be live at once, so that one can be changed without a gap.
/// </summary>
public enum CredentialSlot
{
    /// <summary>The first.</summary>
    Primary = 0,

    /// <summary>The second.</summary>
    Secondary = 1,
}
