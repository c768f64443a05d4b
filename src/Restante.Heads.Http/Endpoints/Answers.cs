using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Restante.Core.Refusals;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;

namespace Restante.Heads.Http.Endpoints;

/// <summary>Short forms of answers.</summary>
internal static class Answers
{
    public static IResult Json<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        TypedResults.Json(value, type, statusCode: status);

    public static IResult Refused(Refusal refusal) => RefusalMap.Of(refusal);

    /// <summary>A refusal of a request that may have had a condition.</summary>
    public static IResult Refused(Refusal refusal, HttpRequest request) =>
        RefusalMap.Of(refusal, EntityTag.IsConditional(request));

    public static IResult NoContent() => TypedResults.NoContent();

    /// <summary>Shows what a result holds, or its refusal.</summary>
    public static IResult Show<T, TView>(
        Result<T> result, Func<T, TView> view, JsonTypeInfo<TView> type, int status = StatusCodes.Status200OK) =>
        result.IsSuccess ? Json(view(result.Value), type, status) : Refused(result.Refusal);

    /// <summary>The same of what has versions, with the version as the entity tag; the request may have had a condition.</summary>
    public static IResult Show<T, TView>(
        HttpContext context, Result<T> result, Func<T, long> version, Func<T, TView> view, JsonTypeInfo<TView> type)
    {
        if (!result.IsSuccess)
            return Refused(result.Refusal, context.Request);
        EntityTag.Write(context.Response, version(result.Value));
        return Json(view(result.Value), type);
    }

    /// <summary>No content when it was done, else the refusal.</summary>
    public static IResult Done<T>(Result<T> result) => result.IsSuccess ? NoContent() : Refused(result.Refusal);

    /// <summary>The same of a request that may have had a condition.</summary>
    public static IResult Done<T>(Result<T> result, HttpRequest request) =>
        result.IsSuccess ? NoContent() : Refused(result.Refusal, request);
}
