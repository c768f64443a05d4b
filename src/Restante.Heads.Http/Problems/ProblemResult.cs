using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Restante.Contracts;
using Restante.Core.Refusals;

namespace Restante.Heads.Http.Problems;

/// <summary>Writes problem details, with the headers that belong to their status.</summary>
internal sealed class ProblemResult(ProblemView view, RefusalKind? refusal, bool comeBack = false, long? afterMs = null) : IResult
{
    private static readonly string[] s_challenges =
        ["SharedAccessSignature realm=\"restante\"", "Basic realm=\"restante\", charset=\"UTF-8\""];

    public ProblemView View { get; } = view;

    /// <summary>The kind of refusal that it is; null when the gateway itself is at fault.</summary>
    public RefusalKind? Refusal { get; } = refusal;

    public bool ComeBack { get; } = comeBack;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.StatusCode = View.Status;
        response.ContentType = ProblemView.MediaType;
        if (View.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = s_challenges;
        if (ComeBack)
            RetryAfter.Write(httpContext, afterMs);
        if (Refusal is RefusalKind kind)
            httpContext.RequestServices.GetRequiredService<RefusalCount>().Add(kind);

        byte[] body = JsonSerializer.SerializeToUtf8Bytes(View, RestanteJson.Plain.ProblemView);
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
    }
}
