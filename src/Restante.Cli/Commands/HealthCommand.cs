using System.CommandLine;
using System.Net;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante health</c>.</summary>
internal static class HealthCommand
{
    public static Command Create(CommandFrame frame)
    {
        var command = new Command("health", "Asks whether the gateway takes work. Exits with 0 when it does.");
        frame.Handle(command, RunAsync, anonymous: true);
        return command;
    }

    private static async Task<ExitCode> RunAsync(CommandCall call, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await call.Client.SendRawAsync(
            HttpMethod.Get, "/health/ready", null, TimeSpan.Zero, null, cancellation);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable))
            throw await call.Client.RefusalAsync(response, cancellation);
        HealthView health = await call.Client.ReadAsync(response, RestanteJson.Plain.HealthView, cancellation);
        if (call.Report.IsJson)
            call.Report.Json(health, RestanteJson.Plain.HealthView);
        else
            call.Report.Note($"{call.Client.Url.GetLeftPart(UriPartial.Authority)} is {health.Status}.");
        return response.IsSuccessStatusCode ? ExitCode.Done : ExitCode.Refused;
    }
}
