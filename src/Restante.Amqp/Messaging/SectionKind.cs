namespace Restante.Amqp.Messaging;

/// <summary>A section of a message, by its descriptor. [AMQP 3.2]</summary>
public enum SectionKind : byte
{
    Header = 0x70,
    DeliveryAnnotations = 0x71,
    MessageAnnotations = 0x72,
    Properties = 0x73,
    ApplicationProperties = 0x74,
    Data = 0x75,
    AmqpSequence = 0x76,
    AmqpValue = 0x77,
    Footer = 0x78,
}
