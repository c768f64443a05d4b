namespace Restante.System.Tests.CrossProtocol;

/// <summary>The protocols, in the order in which the documentation has them.</summary>
internal enum Dialect
{
    Amqp,
    Mqtt5,
    Mqtt311,
    Https,
}
