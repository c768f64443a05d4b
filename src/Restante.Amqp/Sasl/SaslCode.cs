namespace Restante.Amqp.Sasl;

/// <summary>The outcome of a SASL exchange. [AMQP 5.3.3.6]</summary>
public enum SaslCode : byte
{
    /// <summary>Authentication succeeded.</summary>
    Ok = 0,

    /// <summary>Authentication failed: the credentials were refused.</summary>
    Auth = 1,

    /// <summary>Failed for an unspecified system reason.</summary>
    Sys = 2,

    /// <summary>Failed; trying again will not help.</summary>
    SysPerm = 3,

    /// <summary>Failed; trying again later may help.</summary>
    SysTemp = 4,
}
