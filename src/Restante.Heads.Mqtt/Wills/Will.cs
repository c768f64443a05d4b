using Restante.Core.Access;

namespace Restante.Heads.Mqtt.Wills;

/// <summary>The last words of a device, ready to be stored.</summary>
/// <param name="Device">Whose.</param>
/// <param name="Content">The message content.</param>
/// <param name="DelaySeconds">How long to wait after the connection ended. [MQTT 5 §3.1.3.2.2]</param>
internal sealed record Will(DevicePrincipal Device, byte[] Content, uint DelaySeconds);
