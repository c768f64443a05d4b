namespace Restante.Core.Sessions;

/// <summary>Why the gateway ends a connection.</summary>
public enum EndReason
{
    /// <summary>A newer connection took over.</summary>
    TakenOver,

    /// <summary>The device was disabled.</summary>
    Disabled,

    /// <summary>The device or policy was removed.</summary>
    Removed,

    /// <summary>The key it used was changed.</summary>
    CredentialChanged,

    /// <summary>The scope of its policy was changed.</summary>
    ScopeChanged,

    /// <summary>Its policy has lost rights.</summary>
    RightsChanged,

    /// <summary>Its token ran out.</summary>
    TokenExpired,

    /// <summary>The device has more connections than it may.</summary>
    TooManyConnections,
}
