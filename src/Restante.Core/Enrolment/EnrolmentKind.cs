namespace Restante.Core.Enrolment;

/// <summary>By what a device proves that it belongs to an enrolment group. The numbers are stored.</summary>
public enum EnrolmentKind
{
    /// <summary>A certificate for it that a registered and verified authority has signed.</summary>
    Authority = 1,

    /// <summary>A key that was derived for it from a key of the group, see <see cref="DerivedKey"/>.</summary>
    Key = 2,

    /// <summary>A token that counts once, see <see cref="ClaimToken"/>.</summary>
    Claim = 3,
}
