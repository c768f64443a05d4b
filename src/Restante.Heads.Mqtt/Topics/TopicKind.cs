namespace Restante.Heads.Mqtt.Topics;

/// <summary>What a topic that a device publishes to is for.</summary>
internal enum TopicKind
{
    /// <summary>Nothing here; the topic name is not valid.</summary>
    Invalid,

    /// <summary>Something that a device may not publish to.</summary>
    NotOwn,

    /// <summary><c>telemetry</c> or <c>telemetry/{channel}</c>.</summary>
    Telemetry,

    /// <summary><c>mailbox/settle/{lease}/{verb}</c>.</summary>
    Settle,

    /// <summary><c>reports/{command}</c> or <c>reports/{command}/final</c>.</summary>
    Report,

    /// <summary><c>inquiries/{subject}/{id}</c>.</summary>
    Inquiry,

    /// <summary><c>inquiries/{subject}/{id}/cancel</c>.</summary>
    Cancel,

    /// <summary><c>state/get</c>.</summary>
    StateGet,

    /// <summary><c>state/reported</c>.</summary>
    StateReport,
}
