using Restante.Mqtt;

namespace Restante.Heads.Mqtt.Messages;

/// <summary>What became of a message that was to be delivered.</summary>
/// <param name="Result">What the engine said.</param>
/// <param name="Misfit">Why the message can never be delivered over this connection; null when it was sent or may be tried again.</param>
internal readonly record struct DeliveryFit(MqttSendResult Result, string? Misfit);
