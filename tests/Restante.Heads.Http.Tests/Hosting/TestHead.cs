using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Heads.Http.Description;
using Restante.Heads.Http.Endpoints;
using Restante.Storage.Conformance;
using Restante.Storage.Conformance.Memory;

namespace Restante.Heads.Http.Tests.Hosting;

/// <summary>The head over the memory store and a clock moved by hand, with an administrator and a client that is one.</summary>
internal sealed class TestHead : IAsyncDisposable
{
    private readonly ConcurrentBag<string> _undeclared;

    private TestHead(
        WebApplication app, Gateway gateway, MemoryGatewayStore store, ManualTime time, string adminKey, ConcurrentBag<string> undeclared)
    {
        _undeclared = undeclared;
        App = app;
        Gateway = gateway;
        Store = store;
        Time = time;
        AdminKey = adminKey;
        Client = NewClient("policy/admin", adminKey);
        Anonymous = app.GetTestClient();
    }

    public WebApplication App { get; }

    public Gateway Gateway { get; }

    public MemoryGatewayStore Store { get; }

    public ManualTime Time { get; }

    public string AdminKey { get; }

    /// <summary>The administrator's client.</summary>
    public HttpClient Client { get; }

    /// <summary>A client without credentials.</summary>
    public HttpClient Anonymous { get; }

    public static async Task<TestHead> StartAsync(
        HttpHeadOptions? options = null,
        GatewayLimits? limits = null,
        MailboxLimits? mailboxes = null,
        IStreamStore? streams = null,
        ILoggerProvider? logs = null,
        Action<WebApplication>? more = null)
    {
        var store = new MemoryGatewayStore(mailboxes, streams);
        var time = new ManualTime();
        var gateway = new Gateway(store, limits ?? new GatewayLimits(), time, NullLoggerFactory.Instance, new AccessOptions { RefusalMs = 0 });
        Result<PolicyRecord> admin = await gateway.Policies.CreateAsync(PolicyNames.Administrator, Rights.Admin);

        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        if (logs is not null)
            builder.Logging.AddProvider(logs);
        builder.Services.AddRestanteHttp(options);
        WebApplication app = builder.Build();
        var undeclared = new ConcurrentBag<string>();
        app.Use(next => async context =>
        {
            await next(context);
            Declared(context, undeclared);
        });
        app.MapRestante(gateway);
        more?.Invoke(app);
        await app.StartAsync();
        return new TestHead(app, gateway, store, time, admin.Value!.PrimaryKey.Reveal(), undeclared);
    }

    /// <summary>A client with Basic credentials.</summary>
    public HttpClient NewClient(string user, string key)
    {
        HttpClient client = App.GetTestClient();
        client.Timeout = TimeSpan.FromSeconds(30);
        client.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{key}")));
        return client;
    }

    /// <summary>A client of a new policy with these rights.</summary>
    public async Task<HttpClient> NewServiceAsync(Rights rights, string name = "service")
    {
        Result<PolicyRecord> policy = await Gateway.Policies.CreateAsync(name, rights);
        return NewClient("policy/" + name, policy.Value!.PrimaryKey.Reveal());
    }

    public async Task<DeviceRecord> AddDeviceAsync(string id) => (await Gateway.Devices.CreateAsync(id)).Value!;

    /// <summary>A client of a device.</summary>
    public HttpClient NewDevice(DeviceRecord device) => NewClient(device.Id.Value, device.PrimaryKey.Reveal());

    public DevicePrincipal Principal(DeviceRecord device) => new(device.Id, device.Number, CredentialSlot.Primary, long.MaxValue);

    /// <summary>Sends a message as a device does.</summary>
    public async Task PublishAsync(DeviceRecord device, string body, string? channel = null, string? contentType = null)
    {
        var content = new MessageContent { Body = Encoding.UTF8.GetBytes(body), ContentType = contentType };
        Result<long> published = await Gateway.Telemetry.PublishAsync(Principal(device), channel, content.Encode());
        Assert.True(published.IsSuccess);
    }

    /// <summary>Sends with JSON; null for no body.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        string method, string path, string? json = null, HttpClient? client = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        foreach ((string name, string value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return await (client ?? Client).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type)
    {
        using HttpResponseMessage response = await SendAsync("GET", path);
        return await ReadAsync(response, type, HttpStatusCode.OK);
    }

    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, HttpStatusCode expected)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(expected == response.StatusCode, $"{(int)response.StatusCode} {text}");
        return JsonSerializer.Deserialize(text, type)!;
    }

    /// <summary>Asserts a refusal and returns it.</summary>
    public static async Task<ProblemView> RefusedAsync(HttpResponseMessage response, int status, string kind)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        ProblemView problem = JsonSerializer.Deserialize(text, RestanteJson.Default.ProblemView)!;
        Assert.Equal(kind, problem.Kind);
        Assert.Equal(status, problem.Status);
        Assert.Equal("urn:restante:problem:" + kind, problem.Type);
        Assert.False(string.IsNullOrEmpty(problem.Title));
        return problem;
    }

    // Every answer of every test is looked at: its status must stand on the card of its endpoint, and with it in the description.
    private static void Declared(HttpContext context, ConcurrentBag<string> undeclared)
    {
        EndpointCard? card = context.GetEndpoint()?.Metadata.GetMetadata<EndpointCard>();
        if (card is null || context.RequestAborted.IsCancellationRequested)
            return;
        int status = context.Response.StatusCode;
        if (!card.Answers.Any(a => a.Status == status) && !ProblemAnswers.Of(card).ContainsKey(status))
            undeclared.Add($"{status} at {card.Method} {card.Pattern}");
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Empty(_undeclared);
        await App.DisposeAsync();
        Gateway.Dispose();
        await Store.DisposeAsync();
    }
}
