using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Endpoints;

/// <summary><c>/health</c>: for load balancers and supervisors. Open to anyone; says nothing but one word.</summary>
internal sealed class HealthEndpoints(Gateway gateway, CancellationToken stopping)
{
    private const string Tag = "Health";

    public void Map(EndpointMap map)
    {
        map.Add(
            new("GET", "/health/live", "isLive", "Whether the process answers at all.")
            {
                Tag = Tag,
                Answers = [(200, typeof(HealthView), "It does.")],
            },
            Live);
        map.Add(
            new("GET", "/health/started", "isStarted", "Whether the start is over: every listener is open.")
            {
                Tag = Tag,
                Answers = [(200, typeof(HealthView), "It is."), (503, typeof(HealthView), "It is not yet.")],
            },
            Started);
        map.Add(
            new("GET", "/health/ready", "isReady", "Whether the gateway takes work.")
            {
                Tag = Tag,
                Answers =
                [
                    (200, typeof(HealthView), "It does."),
                    (503, typeof(HealthView), "It does not: it drains before it stops, or its store takes nothing."),
                ],
            },
            ReadyAsync);
    }

    private static IResult Live(HttpContext context) => Health("live");

    private IResult Started(HttpContext context)
    {
        if (gateway.IsStarted)
            return Health("started");
        RetryAfter.Write(context);
        return Health("starting", StatusCodes.Status503ServiceUnavailable);
    }

    private async Task<IResult> ReadyAsync(HttpContext context)
    {
        if (!stopping.IsCancellationRequested && await gateway.IsReadyAsync())
            return Health("ready");
        RetryAfter.Write(context);
        return Health(stopping.IsCancellationRequested ? "draining" : "unavailable", StatusCodes.Status503ServiceUnavailable);
    }

    private static IResult Health(string status, int code = StatusCodes.Status200OK) =>
        Answers.Json(new HealthView { Status = status }, RestanteJson.Plain.HealthView, code);
}
