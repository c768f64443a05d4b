namespace Restante.Core.Quotas;

/// <summary>What is counted by the second. A closed set: the label of the metrics.</summary>
internal enum Quota
{
    /// <summary>Messages that a device sends.</summary>
    DeviceMessages,

    /// <summary>Bytes of the messages that a device sends.</summary>
    DeviceBytes,

    /// <summary>Messages that the services of a policy send.</summary>
    PolicyMessages,

    /// <summary>Messages that all devices and services send.</summary>
    GatewayMessages,
}
