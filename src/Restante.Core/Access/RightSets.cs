namespace Restante.Core.Access;

/// <summary>What rights come to, with what they imply.</summary>
internal static class RightSets
{
    /// <summary>True when somebody who had other rights before has lost something by having these.</summary>
    /// <param name="now">The rights that there are now.</param>
    /// <param name="before">Those that there were.</param>
    public static bool Lack(this Rights now, Rights before) => (Implied(before) & ~Implied(now)) != 0;

    // Who administers may do everything, and so has every right that there will ever be.
    private static Rights Implied(Rights rights) => (rights & Rights.Admin) != 0 ? (Rights)(-1) : rights;
}
