using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Http.Requests;

namespace Restante.Heads.Http.Endpoints;

/// <summary>What an endpoint is, for routing and for the API description alike.</summary>
internal sealed record EndpointCard(string Method, string Pattern, string Name, string Summary)
{
    /// <summary>The heading it stands under.</summary>
    public required string Tag { get; init; }

    /// <summary>What the caller must be allowed; null when anyone may call it.</summary>
    public Rights? Right { get; init; }

    /// <summary>More than the summary says.</summary>
    public string? Details { get; init; }

    /// <summary>Its query parameters.</summary>
    public IReadOnlyList<QueryParameter> Query { get; init; } = [];

    /// <summary>Its request headers: name and meaning.</summary>
    public IReadOnlyList<(string Name, string Meaning)> Headers { get; init; } = [];

    /// <summary>The type of its JSON body; null for none.</summary>
    public Type? Body { get; init; }

    /// <summary>True when the body may be left out.</summary>
    public bool BodyIsOptional { get; init; }

    /// <summary>True when a body that is not JSON is taken as it is.</summary>
    public bool TakesRawBody { get; init; }

    /// <summary>Its answers: status, type of the body (null for none), meaning.</summary>
    public required IReadOnlyList<(int Status, Type? Body, string Meaning)> Answers { get; init; }

    /// <summary>True when it can answer with an event stream.</summary>
    public bool Streams { get; init; }

    /// <summary>Its refusals beyond those that every endpoint with a right has.</summary>
    public IReadOnlyList<RefusalKind> Refusals { get; init; } = [];

    /// <summary>True when it obeys <c>If-Match</c>.</summary>
    public bool IsConditional { get; init; }
}
