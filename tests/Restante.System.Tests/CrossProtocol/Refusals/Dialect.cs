namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>The columns of the table of refusals, in the order in which the documentation has them.</summary>
internal enum Dialect
{
    Amqp,
    Mqtt5,
    Mqtt311,
    Https,
}
