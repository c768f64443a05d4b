namespace Restante.Core.Access;

/// <summary>What becomes of certificates whose issuer's revocation list is out of date.</summary>
public enum ExpiredListPolicy
{
    /// <summary>They are refused until a newer list comes.</summary>
    Refuse = 0,

    /// <summary>They are accepted unless the old list names them.</summary>
    Accept = 1,
}
