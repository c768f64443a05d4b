using Restante.Amqp.Types;

namespace Restante.Amqp.Sasl;

/// <summary>The names of the SASL mechanisms the engine knows how to start.</summary>
public static class SaslMechanism
{
    public static Symbol Plain { get; } = "PLAIN";

    public static Symbol External { get; } = "EXTERNAL";

    public static Symbol Anonymous { get; } = "ANONYMOUS";

    /// <summary>As <see cref="Anonymous"/>, by a client that says that it will put a token on <c>$cbs</c>. No registry has it.</summary>
    public static Symbol Cbs { get; } = "MSSBCBS";
}
