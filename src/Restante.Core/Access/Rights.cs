namespace Restante.Core.Access;

/// <summary>What a policy allows a service or operator to do.</summary>
[Flags]
public enum Rights
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read devices and mailboxes.</summary>
    RegistryRead = 1,

    /// <summary>Create, change and remove devices; see their keys; purge mailboxes.</summary>
    RegistryWrite = 2,

    /// <summary>Send to devices and read outcomes.</summary>
    Send = 4,

    /// <summary>Read telemetry and events.</summary>
    TelemetryRead = 8,

    /// <summary>Handle inquiries.</summary>
    InquiryAnswer = 16,

    /// <summary>Manage policies; implies every other right.</summary>
    Admin = 32,

    /// <summary>Read the gateway's own metrics.</summary>
    MetricsRead = 64,

    /// <summary>Read the audit log; of no use to a policy with a scope.</summary>
    AuditRead = 128,
}
