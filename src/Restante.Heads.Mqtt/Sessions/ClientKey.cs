using Restante.Core.Devices;

namespace Restante.Heads.Mqtt.Sessions;

/// <summary>Names a client session. Client identifiers are scoped to their device, so devices cannot meet over one.</summary>
/// <param name="Device">The authenticated device.</param>
/// <param name="ClientId">The client identifier it gave, or was given.</param>
internal readonly record struct ClientKey(DeviceNumber Device, string ClientId);
