using Restante.Amqp.Types;

namespace Restante.Amqp.Sasl;

/// <summary>The names of the SASL mechanisms the engine knows how to start.</summary>
public static class SaslMechanism
{
    public static Symbol Plain { get; } = "PLAIN";

    public static Symbol External { get; } = "EXTERNAL";

    public static Symbol Anonymous { get; } = "ANONYMOUS";
}
