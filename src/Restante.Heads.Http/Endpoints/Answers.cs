using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Restante.Core.Refusals;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Endpoints;

/// <summary>Short forms of answers.</summary>
internal static class Answers
{
    public static IResult Json<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        TypedResults.Json(value, type, statusCode: status);

    public static IResult Refused(Refusal refusal) => RefusalMap.Of(refusal);

    /// <summary>A refusal of a request that may have had a condition.</summary>
    public static IResult Refused(Refusal refusal, HttpRequest request) =>
        RefusalMap.Of(refusal, Requests.EntityTag.IsConditional(request));

    public static IResult NoContent() => TypedResults.NoContent();
}
