using System.Text;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>Letters as messages of AMQP.</summary>
internal static class AmqpLetter
{
    public static AmqpMessage Write(Letter letter)
    {
        AmqpMessage message = AmqpMessage.FromData(letter.Body);
        message.Properties = new MessageProperties
        {
            MessageId = letter.MessageId,
            CorrelationId = letter.CorrelationId,
            ContentType = letter.ContentType is string type ? new Symbol(type) : default(Symbol?),
            ContentEncoding = letter.ContentEncoding is string encoding ? new Symbol(encoding) : default(Symbol?),
            Subject = letter.Subject,
        };
        message.ApplicationProperties = new AmqpMap();
        foreach ((string name, object? value) in letter.Properties)
            message.ApplicationProperties.Add(name, value);
        return message;
    }

    public static Letter Read(AmqpMessage message)
    {
        MessageProperties properties = message.Properties!;
        return new Letter
        {
            Body = message.BodyKind == BodyKind.Value ? Encoding.UTF8.GetBytes((string)message.Value!) : message.Data.ToArray(),
            ContentType = properties.ContentType?.Value,
            ContentEncoding = properties.ContentEncoding?.Value,
            CorrelationId = properties.CorrelationId,
            Subject = properties.Subject,
            MessageId = properties.MessageId as string,
            Properties = (message.ApplicationProperties ?? new AmqpMap()).ToDictionary(static p => (string)p.Key, static p => p.Value),
        };
    }

    /// <summary>An annotation of the gateway; null when it is not there.</summary>
    public static object? Annotation(AmqpMessage message, string name) =>
        message.MessageAnnotations is { } annotations && annotations.TryGetNamed(name, out object? value) ? value : null;
}
