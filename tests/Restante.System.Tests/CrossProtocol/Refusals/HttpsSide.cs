using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Restante.Contracts;

namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>A device or a service on HTTPS, on one connection.</summary>
internal sealed class HttpsSide : ISide
{
    private readonly Scene _scene;
    private readonly HttpClient _http;
    private int _connections;

    public HttpsSide(Scene scene)
    {
        _scene = scene;
        var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1, ConnectCallback = ConnectAsync };
        handler.SslOptions.CertificateChainPolicy = scene.Gateway.TrustPolicy();
        _http = new HttpClient(handler) { BaseAddress = new Uri($"https://localhost:{scene.Gateway.HttpsPort}") };
    }

    public Task<Refused> AsDeviceAsync(
        HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, content, _scene.Device, _scene.Key, headers);

    public Task<Refused> AsServiceAsync(
        HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, content, "policy/admin", _scene.Gateway.AdminKey, headers);

    public async Task<Refused> SendAsync(
        HttpMethod method, string path, HttpContent? content, string user, string password, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await _http.SendAsync(request, _scene.Cancellation);
        string body = await response.Content.ReadAsStringAsync(_scene.Cancellation);
        if (response.IsSuccessStatusCode)
            return new Refused(this, Refused.Taken, null);
        Assert.Equal(ProblemView.MediaType, response.Content.Headers.ContentType?.MediaType);
        ProblemView problem = JsonSerializer.Deserialize(body, RestanteJson.Plain.ProblemView)!;
        Assert.Equal((int)response.StatusCode, problem.Status);
        Assert.Equal("urn:restante:problem:" + problem.Kind, problem.Type);
        Assert.NotEmpty(problem.Title);
        Assert.Equal(problem.Status == 401, response.Headers.WwwAuthenticate.Count > 0);
        string answer = problem.Status.ToString(CultureInfo.InvariantCulture);
        if (response.Headers.RetryAfter?.Delta > TimeSpan.Zero)
            answer += " with Retry-After";
        return new Refused(this, answer, problem.Detail ?? string.Empty, problem.Kind);
    }

    public async Task<bool> WorksAsync()
    {
        Refused work = await AsServiceAsync(HttpMethod.Post, $"/v1/devices/{_scene.Other}/commands", new StringContent("good"));
        Assert.Equal(1, _connections);
        return work.Answer == Refused.Taken;
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        _connections++;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(context.DnsEndPoint, cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
