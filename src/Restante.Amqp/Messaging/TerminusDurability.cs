namespace Restante.Amqp.Messaging;

/// <summary>What a terminus keeps over a loss of its node. [AMQP 3.5.5]</summary>
public enum TerminusDurability : byte
{
    None = 0,
    Configuration = 1,
    UnsettledState = 2,
}
