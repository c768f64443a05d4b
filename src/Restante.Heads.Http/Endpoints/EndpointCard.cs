using Microsoft.AspNetCore.Http;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Endpoints;

/// <summary>What an endpoint is, for routing and for the API description alike.</summary>
internal sealed record EndpointCard(string Method, string Pattern, string Name, string Summary)
{
    private readonly AuditRule? _audit;

    /// <summary>The heading it stands under.</summary>
    public required string Tag { get; init; }

    /// <summary>What a service must be allowed to call it; null when it is not for services.</summary>
    public Rights? Right { get; init; }

    /// <summary>True when it concerns more than devices: a service whose policy has a scope may not call it, whatever its rights.</summary>
    public bool NeedsNoScope { get; init; }

    /// <summary>True when it is for devices. With neither this nor a right anyone may call it.</summary>
    public bool IsForDevices { get; init; }

    /// <summary>
    /// Whether it is noted in the audit log. Whatever services call that is not a GET is, unless this says that it is ordinary messaging.
    /// </summary>
    public AuditRule Audit
    {
        get => _audit ?? (Right is null || Method == "GET" ? AuditRule.None : AuditRule.Act);
        init => _audit = value;
    }

    /// <summary>
    /// Whether a call takes back what the service sent itself, which is ordinary messaging and no act; null where none does.
    /// </summary>
    public Func<HttpContext, ValueTask<bool>>? IsOwnMail { get; init; }

    /// <summary>True for what is no reading and costs as much as one: it takes a turn of its policy, too.</summary>
    public bool IsBulk { get; init; }

    /// <summary>True when callers need credentials.</summary>
    public bool NeedsCaller => Right is not null || IsForDevices;

    /// <summary>More than the summary says.</summary>
    public string? Details { get; init; }

    /// <summary>Its query parameters.</summary>
    public IReadOnlyList<QueryParameter> Query { get; init; } = [];

    /// <summary>Its request headers: name and meaning.</summary>
    public IReadOnlyList<(string Name, string Meaning)> Headers { get; init; } = [];

    /// <summary>The type of its JSON body; null for none.</summary>
    public Type? Body { get; init; }

    /// <summary>The media types of its JSON body.</summary>
    public IReadOnlyList<string> BodyMedia { get; init; } = ["application/json"];

    /// <summary>True when the body is an array of that type.</summary>
    public bool BodyIsArray { get; init; }

    /// <summary>True when the body may be left out.</summary>
    public bool BodyIsOptional { get; init; }

    /// <summary>True when a body that is not JSON is taken as it is.</summary>
    public bool TakesRawBody { get; init; }

    /// <summary>Its answers: status, type of the body (null for none), meaning.</summary>
    public required IReadOnlyList<(int Status, Type? Body, string Meaning)> Answers { get; init; }

    /// <summary>The media type of its answers that have a body.</summary>
    public string AnswerMedia { get; init; } = "application/json";

    /// <summary>True when it can answer with an event stream.</summary>
    public bool Streams { get; init; }

    /// <summary>Its refusals beyond those that every endpoint with credentials has.</summary>
    public IReadOnlyList<RefusalKind> Refusals { get; init; } = [];

    /// <summary>True when a HEAD is answered as the GET would be. Not where getting takes something, or reads all there is.</summary>
    public bool AnswersHead { get; init; } = true;

    /// <summary>
    /// True when a HEAD is refused by itself, as otherwise the pattern of another endpoint would take it. Where it answers none anyway.
    /// </summary>
    public bool RefusesHead { get; init; }

    /// <summary>True when it obeys <c>If-Match</c>.</summary>
    public bool IsConditional { get; init; }

    /// <summary>
    /// True when a request of it waits for news, as an event stream or as a long poll. What it asks for where there is neither is not
    /// listened to.
    /// </summary>
    /// <exception cref="Problems.MalformedRequestException">It does not say rightly how long.</exception>
    public bool Waits(HttpRequest request) =>
        AnswerMedia == EventStream.MediaType
        || (Streams && EventStream.IsWanted(request))
        || Query.FirstOrDefault(static p => p.Name == UsualQuery.WaitName)?.Seconds(request) > TimeSpan.Zero;
}
