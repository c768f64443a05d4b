using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Restante.Heads.Http.Problems;

/// <summary>Stands around every request: whatever goes wrong inside becomes problem details.</summary>
internal sealed class ProblemFrame(ILogger log)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
            if (IsBare(context.Response) && RefusalMap.OfStatus(context.Response.StatusCode) is ProblemResult bare)
                await bare.ExecuteAsync(context);
        }
        catch (MalformedRequestException e)
        {
            await AnswerAsync(context, RefusalMap.Of(e.Refusal));
        }
        catch (BadHttpRequestException e)
        {
            await AnswerAsync(context, RefusalMap.OfStatus(e.StatusCode) ?? RefusalMap.Internal);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone; nobody waits for an answer.
        }
        catch (IOException)
        {
            // The body broke off, or is not framed as it says: the peer's doing. The store's own failures never come as this.
            await AnswerAsync(context, RefusalMap.OfStatus(StatusCodes.Status400BadRequest)!);
        }
#pragma warning disable CA1031 // The last rung of the ladder: a fault of our own costs this request only.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.RequestFailed(log, context.Request.Method, RouteOf(context), e);
            await AnswerAsync(context, RefusalMap.Internal);
        }
    }

    private static bool IsBare(HttpResponse response) =>
        !response.HasStarted && response.StatusCode >= 400 && response.ContentType is null && response.ContentLength is null or 0;

    private static async Task AnswerAsync(HttpContext context, ProblemResult problem)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        await problem.ExecuteAsync(context);
    }

    // The pattern rather than the path: paths hold ids.
    private static string RouteOf(HttpContext context) =>
        (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";
}
