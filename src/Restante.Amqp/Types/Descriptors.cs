namespace Restante.Amqp.Types;

/// <summary>The numeric descriptors of the standard's types and their symbolic forms.</summary>
internal static class Descriptors
{
    internal const ulong Open = 0x10;
    internal const ulong Begin = 0x11;
    internal const ulong Attach = 0x12;
    internal const ulong Flow = 0x13;
    internal const ulong Transfer = 0x14;
    internal const ulong Disposition = 0x15;
    internal const ulong Detach = 0x16;
    internal const ulong End = 0x17;
    internal const ulong Close = 0x18;
    internal const ulong Error = 0x1d;
    internal const ulong Received = 0x23;
    internal const ulong Accepted = 0x24;
    internal const ulong Rejected = 0x25;
    internal const ulong Released = 0x26;
    internal const ulong Modified = 0x27;
    internal const ulong Source = 0x28;
    internal const ulong Target = 0x29;
    internal const ulong Coordinator = 0x30;
    internal const ulong SaslMechanisms = 0x40;
    internal const ulong SaslInit = 0x41;
    internal const ulong SaslChallenge = 0x42;
    internal const ulong SaslResponse = 0x43;
    internal const ulong SaslOutcome = 0x44;
    internal const ulong Header = 0x70;
    internal const ulong DeliveryAnnotations = 0x71;
    internal const ulong MessageAnnotations = 0x72;
    internal const ulong Properties = 0x73;
    internal const ulong ApplicationProperties = 0x74;
    internal const ulong Data = 0x75;
    internal const ulong AmqpSequence = 0x76;
    internal const ulong AmqpValue = 0x77;
    internal const ulong Footer = 0x78;
    internal const ulong Unknown = ulong.MaxValue;

    internal static ulong CodeOf(ReadOnlySpan<byte> symbol)
    {
        if (symbol.SequenceEqual("amqp:open:list"u8)) return Open;
        if (symbol.SequenceEqual("amqp:begin:list"u8)) return Begin;
        if (symbol.SequenceEqual("amqp:attach:list"u8)) return Attach;
        if (symbol.SequenceEqual("amqp:flow:list"u8)) return Flow;
        if (symbol.SequenceEqual("amqp:transfer:list"u8)) return Transfer;
        if (symbol.SequenceEqual("amqp:disposition:list"u8)) return Disposition;
        if (symbol.SequenceEqual("amqp:detach:list"u8)) return Detach;
        if (symbol.SequenceEqual("amqp:end:list"u8)) return End;
        if (symbol.SequenceEqual("amqp:close:list"u8)) return Close;
        if (symbol.SequenceEqual("amqp:error:list"u8)) return Error;
        if (symbol.SequenceEqual("amqp:received:list"u8)) return Received;
        if (symbol.SequenceEqual("amqp:accepted:list"u8)) return Accepted;
        if (symbol.SequenceEqual("amqp:rejected:list"u8)) return Rejected;
        if (symbol.SequenceEqual("amqp:released:list"u8)) return Released;
        if (symbol.SequenceEqual("amqp:modified:list"u8)) return Modified;
        if (symbol.SequenceEqual("amqp:source:list"u8)) return Source;
        if (symbol.SequenceEqual("amqp:target:list"u8)) return Target;
        if (symbol.SequenceEqual("amqp:coordinator:list"u8)) return Coordinator;
        return CodeOfSectionOrSasl(symbol);
    }

    private static ulong CodeOfSectionOrSasl(ReadOnlySpan<byte> symbol)
    {
        if (symbol.SequenceEqual("amqp:sasl-mechanisms:list"u8)) return SaslMechanisms;
        if (symbol.SequenceEqual("amqp:sasl-init:list"u8)) return SaslInit;
        if (symbol.SequenceEqual("amqp:sasl-challenge:list"u8)) return SaslChallenge;
        if (symbol.SequenceEqual("amqp:sasl-response:list"u8)) return SaslResponse;
        if (symbol.SequenceEqual("amqp:sasl-outcome:list"u8)) return SaslOutcome;
        if (symbol.SequenceEqual("amqp:header:list"u8)) return Header;
        if (symbol.SequenceEqual("amqp:delivery-annotations:map"u8)) return DeliveryAnnotations;
        if (symbol.SequenceEqual("amqp:message-annotations:map"u8)) return MessageAnnotations;
        if (symbol.SequenceEqual("amqp:properties:list"u8)) return Properties;
        if (symbol.SequenceEqual("amqp:application-properties:map"u8)) return ApplicationProperties;
        if (symbol.SequenceEqual("amqp:data:binary"u8)) return Data;
        if (symbol.SequenceEqual("amqp:amqp-sequence:list"u8)) return AmqpSequence;
        if (symbol.SequenceEqual("amqp:amqp-value:*"u8)) return AmqpValue;
        if (symbol.SequenceEqual("amqp:footer:map"u8)) return Footer;
        return Unknown;
    }
}
