using System.ComponentModel.DataAnnotations;

namespace Restante.Heads.Mqtt;

/// <summary>Limits of the MQTT head. Validated when the head is made.</summary>
public sealed record MqttHeadOptions
{
    /// <summary>
    /// The largest packet taken from a device, in bytes with its header; announced to MQTT 5 devices. 0 (the default) means the gateway's
    /// largest message and 32 KiB for topic and properties; otherwise 1,024 to 17,000,000. A larger packet ends the connection with 0x95.
    /// The listener's input limit must be at least as large.
    /// </summary>
    [Range(0, 17000000)]
    public int MaxPacketBytes { get; init; }

    /// <summary>
    /// QoS 1 and 2 publishes of a device that may be unanswered at once; announced to MQTT 5 devices. Range 1 to 65,535, default 64. An
    /// MQTT 5 device beyond it is disconnected with 0x93; a 3.1.1 device is read no further until an answer was given.
    /// </summary>
    [Range(1, 65535)]
    public int ReceiveMaximum { get; init; } = 64;

    /// <summary>
    /// Deliveries that one device may hold unsettled, whatever receive maximum it announced; for each device behind a field gateway as many
    /// again. Range 1 to 1,024, default 32. Higher values use more memory per busy device; lower ones make slow links slower.
    /// </summary>
    [Range(1, 1024)]
    public int MaxInFlight { get; init; } = 32;

    /// <summary>
    /// Devices behind a field gateway that one connection may have subscriptions for. Range 0 to 256, default 64. Filters for more are
    /// refused with 0x97. A kept session keeps as many as it had.
    /// </summary>
    [Range(0, 256)]
    public int MaxChildren { get; init; } = 64;

    /// <summary>
    /// Bytes of message content taken from a mailbox at once. Range 1,024 to 16,777,216, default 131,072. One message is always taken.
    /// </summary>
    [Range(1024, 16777216)]
    public int MaxLeaseBytes { get; init; } = 128 * 1024;

    /// <summary>
    /// Telemetry messages of one device that may wait for the store's commit. Range 1 to 65,535, default 64. At the limit the device is
    /// read no further until some are durable; this is the back-pressure for QoS 0.
    /// </summary>
    [Range(1, 65535)]
    public int MaxUncommitted { get; init; } = 64;

    /// <summary>The same limit in bytes of content. Range 1,024 to 268,435,456, default 1,048,576. One message is always taken.</summary>
    [Range(1024, 268435456)]
    public int MaxUncommittedBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// The longest keep-alive of an MQTT 5 device, in seconds. Range 10 to 65,535, default 1,800. A device that asks for more, or for none,
    /// is told this value in CONNACK. A 3.1.1 device cannot be told and keeps its own.
    /// </summary>
    [Range(10, 65535)]
    public int MaxKeepAliveSeconds { get; init; } = 1_800;

    /// <summary>
    /// How long the state of a session is kept after its connection ended, at most, in seconds. Range 0 to 4,294,967,295, default 604,800
    /// (seven days). A longer wish is lowered, and MQTT 5 devices are told. 0 keeps no sessions. Mail never depends on it.
    /// </summary>
    [Range(typeof(uint), "0", "4294967295")]
    public uint MaxSessionExpirySeconds { get; init; } = 7 * 24 * 3600;

    /// <summary>
    /// Wills that wait for their delay, in this process. Range 0 to 1,000,000, default 10,000. A will beyond it is stored without delay.
    /// </summary>
    [Range(0, 1000000)]
    public int MaxPendingWills { get; init; } = 10_000;

    /// <summary>
    /// How long to wait before the store is asked again after it was unavailable, in milliseconds. Range 10 to 60,000, default 1,000.
    /// </summary>
    [Range(10, 60000)]
    public int StoreRetryMs { get; init; } = 1_000;

    /// <summary>Time for CONNECT to arrive, in milliseconds. Range 100 to 600,000, default 10,000. Then the connection is closed.</summary>
    [Range(100, 600000)]
    public int ConnectTimeoutMs { get; init; } = 10_000;

    /// <summary>Topic aliases a device may define. Range 0 to 1,024, default 8. Each costs up to 4 KiB once used.</summary>
    [Range(0, 1024)]
    public int TopicAliasMaximum { get; init; } = 8;

    /// <summary>User properties on one packet. Range 0 to 1,024, default 64. More end the connection with 0x97.</summary>
    [Range(0, 1024)]
    public int MaxUserProperties { get; init; } = 64;

    /// <summary>
    /// Where devices find another gateway, as <c>host</c> or <c>host:port</c>, several with blanks between them; nothing by default. MQTT 5
    /// devices are told it, with the reason 0x9C (use another server), when this gateway stops or has no room for them. At most 256
    /// characters.
    /// </summary>
    [MaxLength(256)]
    public string ServerReference { get; init; } = string.Empty;

    /// <summary>Throws <see cref="ArgumentOutOfRangeException"/>, naming the option and its range, when a value is outside.</summary>
    public void Validate()
    {
        List<ValidationResult> faults = [];
        if (!Validator.TryValidateObject(this, new ValidationContext(this), faults, validateAllProperties: true))
            throw new ArgumentOutOfRangeException(faults[0].MemberNames.FirstOrDefault(), faults[0].ErrorMessage);
        if (MaxPacketBytes is > 0 and < 1_024)
            throw new ArgumentOutOfRangeException(nameof(MaxPacketBytes), MaxPacketBytes, "MaxPacketBytes is 0 or at least 1024.");
    }
}
