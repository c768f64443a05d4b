using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>A service's way to devices.</summary>
internal interface IDesk : IAsyncDisposable
{
    /// <summary>What every desk says when it rejects an inquiry.</summary>
    const string Reason = "no such desk";

    /// <summary>Opens the desk of a protocol.</summary>
    static async Task<IDesk> OpenAsync(Dialect dialect, GatewayProcess gateway, NetworkHost network, CancellationToken cancellation) =>
        dialect == Dialect.Amqp ? await AmqpDesk.OpenAsync(gateway, network, cancellation) : new HttpsDesk(gateway);

    /// <summary>Sends a command; returns its id.</summary>
    Task<string> CommandAsync(string device, Letter letter, long expiresAtMs);

    /// <summary>Notifies a group; returns the notification's id.</summary>
    Task<string> NotifyAsync(string group, Letter letter);

    /// <summary>Reads telemetry from now on.</summary>
    Task FollowTelemetryAsync(CancellationToken cancellation);

    /// <summary>The next telemetry of a device, and its channel.</summary>
    Task<(string? Channel, Letter Letter)> NextTelemetryAsync(string device, CancellationToken cancellation);

    /// <summary>So many reports on a command, from the first.</summary>
    Task<IReadOnlyList<Reported>> ReportsAsync(string command, int count, CancellationToken cancellation);

    /// <summary>The next inquiry on a subject.</summary>
    Task<Asked> TakeAsync(string subject, CancellationToken cancellation);

    /// <summary>Answers an inquiry; ends when the answer is in the mailbox.</summary>
    Task AnswerAsync(string inquiry, Letter letter, bool isFinal);
}
