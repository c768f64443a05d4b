using System.Globalization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Restante.Core.Access;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Endpoints;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Description;

/// <summary>Makes the OpenAPI description out of the endpoints' cards.</summary>
internal static class ApiDescription
{
    private const string TokenScheme = "sharedAccessSignature";
    private const string BasicScheme = "basic";

    public static void Configure(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            Describe(document);
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer(static (schema, context, _) =>
        {
            // Times have a converter of their own, which the schema cannot look into.
            Type type = context.JsonTypeInfo.Type;
            if (type == typeof(DateTimeOffset) || type == typeof(DateTimeOffset?))
            {
                schema.Type = JsonSchemaType.String;
                schema.Format = "date-time";
            }

            return Task.CompletedTask;
        });
        options.AddOperationTransformer(DescribeAsync);
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Restante",
            Version = "v1",
            Description = "The interface of services, operators and devices to a messaging gateway for devices in the field: the "
                + "registry, commands with their outcomes and reports, notifications, inquiries, state, mailboxes, telemetry and events. "
                + "Refusals are problem details (RFC 9457) with the kind of refusal in 'kind'.",
            License = new OpenApiLicense { Name = "Apache-2.0" },
        };
        document.Servers?.Clear();
    }

    private static void AddSecuritySchemes(OpenApiDocument document)
    {
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes.TryAdd(TokenScheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = "Authorization",
            Description = "A token 'SharedAccessSignature sr=…&sig=…&se=…&skn=POLICY', signed with a key of the policy; of a device, with "
                + "sr=HOST/devices/ID and without skn.",
        });
        document.Components.SecuritySchemes.TryAdd(BasicScheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "basic",
            Description = "The user name is policy/NAME or NAME, or the id of a device; the password is a key.",
        });
    }

    private static async Task DescribeAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        EndpointCard? card = context.Description.ActionDescriptor.EndpointMetadata.OfType<EndpointCard>().FirstOrDefault();
        if (card is null || context.Document is not OpenApiDocument document)
            return;
        operation.Description = card.Details;
        operation.Parameters ??= [];
        foreach (QueryParameter parameter in card.Query)
            operation.Parameters.Add(Query(parameter));
        foreach ((string name, string meaning) in card.Headers)
            operation.Parameters.Add(Header(name, meaning));
        if (card.IsConditional)
            operation.Parameters.Add(Header("If-Match", "Do it only when what is changed still has this entity tag."));
        if (card.IsForDevices)
            operation.Parameters.Add(Header(AdmissionGate.ActFor, "Field gateways: the device that is acted for."));
        if (card.Body is not null || card.TakesRawBody)
            operation.RequestBody = await BodyAsync(card, document, context, cancellation);
        DescribeAnswers(operation, card);
        if (card.NeedsCaller)
        {
            AddSecuritySchemes(document);
            string who = card.Right is { } right ? $"Needs the right {string.Join(", ", RightNames.Of(right))}." : "For devices.";
            operation.Description = $"{operation.Description} {who}".Trim();
            operation.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(TokenScheme, document)] = [] },
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(BasicScheme, document)] = [] },
            ];
        }
    }

    private static void DescribeAnswers(OpenApiOperation operation, EndpointCard card)
    {
        operation.Responses ??= [];
        foreach ((int status, _, string meaning) in card.Answers)
        {
            if (Response(operation, status) is not OpenApiResponse response)
                continue;
            response.Description = meaning;
            var events = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
            if (card.Streams && response.Content is not null)
                response.Content[EventStream.MediaType] = events;
        }

        foreach ((int status, List<string> kinds) in ProblemAnswers.Of(card))
        {
            if (Response(operation, status) is OpenApiResponse response)
                response.Description = "Refused: " + string.Join(", ", kinds) + ".";
        }
    }

    private static OpenApiResponse? Response(OpenApiOperation operation, int status) =>
        operation.Responses!.GetValueOrDefault(status.ToString(CultureInfo.InvariantCulture)) as OpenApiResponse;

    private static async Task<OpenApiRequestBody> BodyAsync(
        EndpointCard card, OpenApiDocument document, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        if (card.Body is null)
            return new OpenApiRequestBody { Content = new Dictionary<string, OpenApiMediaType> { ["*/*"] = new() } };
        OpenApiSchema schema = await context.GetOrCreateSchemaAsync(card.Body, null, cancellation);
        document.AddComponent(card.Body.Name, schema);
        IOpenApiSchema shown = new OpenApiSchemaReference(card.Body.Name, document);
        if (card.BodyIsArray)
            shown = new OpenApiSchema { Type = JsonSchemaType.Array, Items = shown };
        var body = new OpenApiRequestBody
        {
            Required = !card.BodyIsOptional,
            Content = card.BodyMedia.ToDictionary(static m => m, m => new OpenApiMediaType { Schema = shown }),
        };
        if (card.TakesRawBody)
            body.Content["*/*"] = new OpenApiMediaType();
        return body;
    }

    private static OpenApiParameter Query(QueryParameter parameter)
    {
        var schema = new OpenApiSchema { Type = parameter.Type };
        if (parameter.Type is JsonSchemaType.Integer or JsonSchemaType.Number)
        {
            schema.Minimum = parameter.Min.ToString(CultureInfo.InvariantCulture);
            schema.Maximum = parameter.Max == long.MaxValue ? null : parameter.Max.ToString(CultureInfo.InvariantCulture);
        }

        return new OpenApiParameter
        {
            Name = parameter.Name,
            In = ParameterLocation.Query,
            Description = parameter.Description,
            Schema = schema,
        };
    }

    private static OpenApiParameter Header(string name, string meaning) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Description = meaning,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
