using System.Text.Json.Serialization;

namespace Restante.Server.Hosting;

/// <summary>How a running gateway is reached; a port of 0 means that there is no such listener.</summary>
internal sealed record GatewayAddresses(
    int ProcessId, string HttpsUrl, int AmqpPort, int MqttPort, int HttpsPort, int AllPort, int AmqpPlainPort, int MqttPlainPort);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(GatewayAddresses))]
internal sealed partial class GatewayAddressesJson : JsonSerializerContext;
