namespace Restante.Core.Issuing;

/// <summary>Why an issued certificate counts no more before its end. The numbers are stored.</summary>
public enum RevocationCause
{
    /// <summary>It was not revoked.</summary>
    None = 0,

    /// <summary>An operator revoked it.</summary>
    Operator = 1,

    /// <summary>Its device was removed.</summary>
    DeviceRemoved = 2,
}
