namespace Restante.Mqtt.Codec;

/// <summary>Where a property may stand: one bit per packet type, and one for the will inside CONNECT.</summary>
[Flags]
internal enum PropertyScope : ushort
{
    None = 0,
    Will = 1 << 0,
    Connect = 1 << 1,
    ConnAck = 1 << 2,
    Publish = 1 << 3,
    PubAck = 1 << 4,
    PubRec = 1 << 5,
    PubRel = 1 << 6,
    PubComp = 1 << 7,
    Subscribe = 1 << 8,
    SubAck = 1 << 9,
    Unsubscribe = 1 << 10,
    UnsubAck = 1 << 11,
    Disconnect = 1 << 14,
    Auth = 1 << 15,

    Message = Publish | Will,
    Answer = ConnAck | PubAck | PubRec | PubRel | PubComp | SubAck | UnsubAck | Disconnect | Auth,
    All = Answer | Message | Connect | Subscribe | Unsubscribe,
}
