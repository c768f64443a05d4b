using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Restante.Contracts;
using Restante.Heads.Http.Description;
using Restante.Heads.Http.Endpoints;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class ServiceTests
{
    [Fact]
    public async Task Health_tells_live_ready_and_draining_without_credentials()
    {
        await using TestHead head = await TestHead.StartAsync();
        Assert.Equal("""{"status":"live"}""", await head.Anonymous.GetStringAsync("/health/live"));
        Assert.Equal("""{"status":"ready"}""", await head.Anonymous.GetStringAsync("/health/ready"));
        head.App.Lifetime.StopApplication();
        using HttpResponseMessage draining = await head.Anonymous.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, draining.StatusCode);
        Assert.Equal("""{"status":"draining"}""", await draining.Content.ReadAsStringAsync());
        Assert.Equal("""{"status":"live"}""", await head.Anonymous.GetStringAsync("/health/live"));
    }

    [Fact]
    public async Task Unknown_paths_and_methods_are_problems()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage path = await head.SendAsync("GET", "/v1/nothing");
        await TestHead.RefusedAsync(path, 404, "not-found");
        using HttpResponseMessage method = await head.SendAsync("PUT", "/v1/devices/d");
        await TestHead.RefusedAsync(method, 405, "method-not-allowed");
        Assert.Equal(["DELETE", "GET", "HEAD", "PATCH"], method.Content.Headers.Allow.Order());
    }

    [Fact]
    public async Task What_can_be_got_answers_head_with_the_same_status_and_the_same_rights()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        foreach (string path in (string[])["/health/live", "/health/ready", "/openapi/v1.json"])
        {
            using HttpResponseMessage open = await head.SendAsync("HEAD", path, null, head.Anonymous);
            Assert.Equal(HttpStatusCode.OK, open.StatusCode);
        }

        using HttpResponseMessage device = await head.SendAsync("HEAD", "/v1/devices/d");
        Assert.Equal((HttpStatusCode.OK, true), (device.StatusCode, device.Headers.ETag is not null));
        using HttpResponseMessage nobody = await head.SendAsync("HEAD", "/v1/devices/x");
        Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode);
        using HttpResponseMessage stranger = await head.SendAsync("HEAD", "/v1/devices/d", null, head.Anonymous);
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        using HttpResponseMessage stream = await head.SendAsync("HEAD", "/v1/outcomes", null, null, ("Accept", "text/event-stream"));
        Assert.Equal(("application/json", HttpStatusCode.OK), (stream.Content.Headers.ContentType?.MediaType, stream.StatusCode));
        using HttpResponseMessage post = await head.SendAsync("HEAD", "/v1/devices/d/commands");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
        foreach (string path in (string[])["/v1/devices/export", "/v1/audit/export"])
        {
            using HttpResponseMessage all = await head.SendAsync("HEAD", path); // It would be read, and left out.
            Assert.Equal((HttpStatusCode.MethodNotAllowed, "GET"), (all.StatusCode, string.Join(',', all.Content.Headers.Allow)));
        }

        head.App.Lifetime.StopApplication();
        using HttpResponseMessage draining = await head.SendAsync("HEAD", "/health/ready", null, head.Anonymous);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, draining.StatusCode);
    }

    [Fact]
    public async Task A_fault_of_the_gateway_is_500_without_internals_and_logged_without_the_path()
    {
        using var logs = new CapturedLog();
        await using TestHead head = await TestHead.StartAsync(
            logs: logs, more: app => app.MapGet("/broken/{id}", string (string id) => throw new InvalidOperationException("inner detail")));
        using HttpResponseMessage response = await head.SendAsync("GET", "/broken/secret-id");
        ProblemView problem = await TestHead.RefusedAsync(response, 500, "internal");
        Assert.DoesNotContain("inner detail", problem.Detail, StringComparison.Ordinal);
        (string message, Exception? cause) = Assert.Single(logs.Errors);
        Assert.Equal("The request GET /broken/{id} failed by a fault of the gateway.", message);
        Assert.Equal("inner detail", cause!.Message);
    }

    [Fact]
    public async Task Endpoints_of_others_pass_through()
    {
        await using TestHead head = await TestHead.StartAsync(more: app =>
        {
            app.MapGet("/other", () => "fine");
            app.MapGet("/teapot", () => Results.Text("short and stout", statusCode: 418));
        });
        Assert.Equal("fine", await head.Anonymous.GetStringAsync("/other"));
        using HttpResponseMessage teapot = await head.Anonymous.GetAsync("/teapot");
        Assert.Equal("short and stout", await teapot.Content.ReadAsStringAsync());
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        var services = new ServiceCollection();
        ArgumentException e = Assert.Throws<ArgumentException>(
            () => services.AddRestanteHttp(new HttpHeadOptions { MaxLongPolls = 0, HeartbeatSeconds = 301 }));
        Assert.Contains("MaxLongPolls is 0; it must be 1 to 100000.", e.Message, StringComparison.Ordinal);
        Assert.Contains("HeartbeatSeconds", e.Message, StringComparison.Ordinal);
        Assert.Empty(new HttpHeadOptions().Validate());
    }

    [Fact]
    public async Task The_description_is_openapi_3_1_and_names_exactly_what_is_mapped()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage answer = await head.Anonymous.GetAsync("/openapi/v1.json");
        string text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(Encoding.UTF8.GetByteCount(text), answer.Content.Headers.ContentLength); // Known, as it is not made for each request.
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement root = document.RootElement;
        Assert.StartsWith("3.1", root.GetProperty("openapi").GetString(), StringComparison.Ordinal);

        EndpointCard[] cards = [.. head.App.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .Select(e => e.Metadata.GetMetadata<EndpointCard>()).OfType<EndpointCard>()];
        IEnumerable<string> described = root.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}"));
        Assert.Equal(cards.Select(c => $"{c.Method} {c.Pattern}").Order(), described.Order());

        // OpenAPI knows paths apart by their fixed parts only.
        string[] shapes = [.. cards.Select(c => c.Pattern).Distinct().Select(
            p => System.Text.RegularExpressions.Regex.Replace(p, "{[^}]*}", "{}"))];
        Assert.Equal(shapes.Distinct().Count(), shapes.Length);

        foreach (EndpointCard card in cards)
            CheckOperation(root.GetProperty("paths").GetProperty(card.Pattern).GetProperty(card.Method.ToLowerInvariant()), card);
        Assert.Equal(
            ["basic", "sharedAccessSignature"],
            root.GetProperty("components").GetProperty("securitySchemes").EnumerateObject().Select(s => s.Name).Order());
    }

    [Fact]
    public async Task The_schemas_of_the_description_have_the_members_that_are_written()
    {
        await using TestHead head = await TestHead.StartAsync();
        using JsonDocument document = JsonDocument.Parse(await head.Anonymous.GetStringAsync("/openapi/v1.json"));
        JsonElement schemas = document.RootElement.GetProperty("components").GetProperty("schemas");
        await head.AddDeviceAsync("d");
        JsonElement device = schemas.GetProperty("DeviceView");
        using JsonDocument written = JsonDocument.Parse(await head.Client.GetStringAsync("/v1/devices/d"));
        string[] members = [.. device.GetProperty("properties").EnumerateObject().Select(p => p.Name)];
        Assert.All(written.RootElement.EnumerateObject(), m => Assert.Contains(m.Name, members));
        Assert.All(
            device.GetProperty("required").EnumerateArray(), r => Assert.True(written.RootElement.TryGetProperty(r.GetString()!, out _)));
        JsonElement createdAt = device.GetProperty("properties").GetProperty("createdAt");
        Assert.Equal(("string", "date-time"), (createdAt.GetProperty("type").GetString(), createdAt.GetProperty("format").GetString()));
        Assert.Contains("id", schemas.GetProperty("DeviceCreation").GetProperty("required").EnumerateArray().Select(r => r.GetString()));
        Assert.True(schemas.TryGetProperty("ProblemView", out _));
        Assert.True(schemas.GetProperty("CommandCreation").GetProperty("properties").TryGetProperty("bodyBase64", out _));
    }

    private static void CheckOperation(JsonElement operation, EndpointCard card)
    {
        Assert.Equal(card.Name, operation.GetProperty("operationId").GetString());
        string[] statuses = [.. operation.GetProperty("responses").EnumerateObject().Select(r => r.Name)];
        foreach ((int status, _, string meaning) in card.Answers)
        {
            Assert.Contains($"{status}", statuses);
            Assert.Equal(meaning, operation.GetProperty("responses").GetProperty($"{status}").GetProperty("description").GetString());
        }

        Assert.Equal(card.NeedsCaller, operation.TryGetProperty("security", out JsonElement security) && security.GetArrayLength() == 2);
        Assert.Equal(card.NeedsCaller, statuses.Contains("401"));
        Assert.Equal(card.Body is not null || card.TakesRawBody, operation.TryGetProperty("requestBody", out JsonElement body));
        if (card.Body is not null)
            Assert.All(card.BodyMedia, m => Assert.True(body.GetProperty("content").GetProperty(m).TryGetProperty("schema", out _)));
        Assert.Equal(
            card.Answers.Select(a => a.Status).Concat(ProblemAnswers.Of(card).Keys).Distinct().Order(),
            statuses.Select(s => int.Parse(s, System.Globalization.CultureInfo.InvariantCulture)).Order());
        if (card.NeedsCaller)
        {
            JsonElement refused = operation.GetProperty("responses").GetProperty("429");
            Assert.Contains("throttled", refused.GetProperty("description").GetString(), StringComparison.Ordinal);
            Assert.True(refused.GetProperty("content").TryGetProperty("application/problem+json", out _));
        }

        string[] parameters = operation.TryGetProperty("parameters", out JsonElement list)
            ? [.. list.EnumerateArray().Select(p => p.GetProperty("name").GetString()!)]
            : [];
        string[] inPath = [.. card.Pattern.Split('/').Where(p => p.StartsWith('{')).Select(p => p.Trim('{', '}'))];
        string[] more = [.. card.Headers.Select(h => h.Name), .. card.IsConditional ? ["If-Match"] : Array.Empty<string>()];
        string[] gateway = card.IsForDevices ? ["X-Restante-Device"] : [];
        Assert.Equal(inPath.Concat(card.Query.Select(q => q.Name)).Concat(more).Concat(gateway).Order(), parameters.Order());
    }

    private sealed class CapturedLog : ILoggerProvider, ILogger
    {
        public List<(string Message, Exception? Cause)> Errors { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
            {
                lock (Errors)
                    Errors.Add((formatter(state, exception), exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
