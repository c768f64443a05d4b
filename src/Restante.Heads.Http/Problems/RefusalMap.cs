using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core.Refusals;

namespace Restante.Heads.Http.Problems;

/// <summary>How the catalogue of refusals looks in HTTP. The only place that knows.</summary>
internal static class RefusalMap
{
    /// <summary>What a refused authentication is answered with, whatever the cause.</summary>
    public static ProblemResult NotAuthenticated { get; } = Of(Refusal.NotAuthenticated);

    /// <summary>The answer to a refusal.</summary>
    /// <param name="refusal">The refusal.</param>
    /// <param name="preconditioned">True when the request had <c>If-Match</c>: a conflict then is that the condition failed.</param>
    public static ProblemResult Of(Refusal refusal, bool preconditioned = false)
    {
        Entry entry = For(refusal.Kind);
        int status = preconditioned && refusal.Kind == RefusalKind.Conflict ? StatusCodes.Status412PreconditionFailed : entry.Status;
        ProblemView view = View(status, entry.Kind, entry.Title, refusal.Message) with { MissingRight = refusal.MissingRight };
        return new ProblemResult(view, refusal.Kind, entry.ComeBack, refusal.RetryAfterMs);
    }

    /// <summary>The status of a kind.</summary>
    public static int StatusOf(RefusalKind kind) => For(kind).Status;

    /// <summary>The name of a kind on the wire.</summary>
    public static string NameOf(RefusalKind kind) => For(kind).Kind;

    /// <summary>The answer to a bare status that the framework chose; null for one that is no error.</summary>
    public static ProblemResult? OfStatus(int status) => status switch
    {
        < 400 => null,
        StatusCodes.Status401Unauthorized => NotAuthenticated,
        StatusCodes.Status403Forbidden => Of(new Refusal(RefusalKind.Forbidden, "This is not allowed.")),
        StatusCodes.Status404NotFound => Of(new Refusal(RefusalKind.NotFound, "There is nothing at this path.")),
        StatusCodes.Status405MethodNotAllowed => MethodNotAllowed,
        StatusCodes.Status408RequestTimeout => Unreadable(status, "The body came too slowly, or not at all."),
        StatusCodes.Status413PayloadTooLarge => Of(new Refusal(RefusalKind.TooLarge, "The body is larger than allowed.")),
        >= 500 => Internal,
        _ => Unreadable(status, "The request cannot be read."),
    };

    /// <summary>The answer when the gateway itself is at fault. Says nothing about the fault.</summary>
    public static ProblemResult Internal { get; } = new(
        View(
            StatusCodes.Status500InternalServerError,
            "internal",
            "Internal error",
            "The gateway failed at this request; its log says why."),
        null);

    private static ProblemResult MethodNotAllowed { get; } = new(
        View(
            StatusCodes.Status405MethodNotAllowed,
            "method-not-allowed",
            "Method not allowed",
            "The path exists, but not with this method; see Allow."),
        RefusalKind.Malformed);

    private static ProblemResult Unreadable(int status, string detail) =>
        new(View(status, NameOf(RefusalKind.Malformed), For(RefusalKind.Malformed).Title, detail), RefusalKind.Malformed);

    private static Entry For(RefusalKind kind) => kind switch
    {
        RefusalKind.NotFound => new(StatusCodes.Status404NotFound, "not-found", "Not found"),
        RefusalKind.Unauthorized => new(StatusCodes.Status401Unauthorized, "unauthorized", "Not authenticated"),
        RefusalKind.Forbidden => new(StatusCodes.Status403Forbidden, "forbidden", "Not allowed"),
        RefusalKind.Conflict => new(StatusCodes.Status409Conflict, "conflict", "Conflict"),
        RefusalKind.MailboxFull => new(StatusCodes.Status429TooManyRequests, "mailbox-full", "The mailbox is full", ComeBack: true),
        RefusalKind.TooLarge => new(StatusCodes.Status413PayloadTooLarge, "too-large", "Too large"),
        RefusalKind.Malformed => new(StatusCodes.Status400BadRequest, "malformed", "Malformed"),
        RefusalKind.Expired => new(StatusCodes.Status410Gone, "expired", "Expired"),
        RefusalKind.LimitReached => new(StatusCodes.Status409Conflict, "limit-reached", "As many as there may be"),
        RefusalKind.Throttled => new(StatusCodes.Status429TooManyRequests, "throttled", "Too many requests", ComeBack: true),
        RefusalKind.Unavailable => new(StatusCodes.Status503ServiceUnavailable, "unavailable", "Not available now", ComeBack: true),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A refusal without an HTTP form."),
    };

    private static ProblemView View(int status, string kind, string title, string detail) => new()
    {
        Type = "urn:restante:problem:" + kind,
        Title = title,
        Status = status,
        Detail = detail,
        Kind = kind,
    };

    private readonly record struct Entry(int Status, string Kind, string Title, bool ComeBack = false);
}
