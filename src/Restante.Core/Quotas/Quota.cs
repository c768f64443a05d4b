namespace Restante.Core.Quotas;

/// <summary>What is counted by the second, or by the day. A closed set: the label of the metrics.</summary>
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

    /// <summary>Administrative acts of a policy with a scope, by the day.</summary>
    PolicyActs,
}
