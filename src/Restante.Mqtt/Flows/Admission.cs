namespace Restante.Mqtt.Flows;

/// <summary>What an arriving QoS 1 or 2 PUBLISH is.</summary>
internal enum Admission
{
    /// <summary>A new message: raise it.</summary>
    New,

    /// <summary>A repetition of a message the owner has not answered yet: its acknowledgement is on the way.</summary>
    Repeated,

    /// <summary>A repetition of a QoS 2 message the owner has taken: answer PUBREC again.</summary>
    RepeatedAfterPubRec,

    /// <summary>The identifier is in use for something else.</summary>
    IdentifierInUse,
}
