using System.Text.Json;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>A device's way to its mail, and out.</summary>
internal interface IDoor : IAsyncDisposable
{
    /// <summary>What every door says when it rejects.</summary>
    const string Reason = "no such door";

    /// <summary>What is kept with the outcome when the device rejects: its reason, or the gateway's words where it gives none.</summary>
    string Kept { get; }

    /// <summary>Opens the door of a protocol.</summary>
    static async Task<IDoor> OpenAsync(
        Dialect dialect, GatewayProcess gateway, NetworkHost network, string id, string key, CancellationToken cancellation) =>
        dialect switch
        {
            Dialect.Amqp => await AmqpDoor.OpenAsync(gateway, network, id, key, cancellation),
            Dialect.Mqtt5 => await MqttDoor.OpenAsync(gateway, network, id, key, MqttVersion.V500, cancellation),
            Dialect.Mqtt311 => await MqttDoor.OpenAsync(gateway, network, id, key, MqttVersion.V311, cancellation),
            _ => new HttpsDoor(gateway, id, key),
        };

    /// <summary>The next message.</summary>
    Task<Arrived> ReceiveAsync(CancellationToken cancellation);

    /// <summary>Sends telemetry on a channel; ends when it is stored.</summary>
    Task SendTelemetryAsync(string channel, Letter letter);

    /// <summary>Reports on a command; ends when it is stored.</summary>
    Task ReportAsync(string command, Letter letter, bool isFinal);

    /// <summary>Asks, under the letter's message-id; ends when it is stored.</summary>
    Task AskAsync(string subject, Letter letter);

    /// <summary>Changes the reported state by a merge-patch.</summary>
    Task ReportStateAsync(string patch, CancellationToken cancellation);

    /// <summary>The state document.</summary>
    Task<JsonElement> ReadStateAsync(CancellationToken cancellation);
}
