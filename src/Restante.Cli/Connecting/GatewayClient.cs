using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Restante.Cli.Commands;
using Restante.Contracts;

namespace Restante.Cli.Connecting;

/// <summary>Talks to the gateway's REST interface. Each request carries a token of its own; the key stays here.</summary>
internal sealed class GatewayClient : IDisposable
{
    private static readonly TimeSpan s_tokenLife = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly string _policy;
    private readonly byte[]? _key;

    public GatewayClient(CliSurroundings surroundings, ConnectionSettings settings, bool anonymous)
    {
        Url = settings.FindUrl();
        _time = surroundings.Time;
        _policy = settings.Policy;
        _key = anonymous ? null : settings.FindKey();
        _http = new HttpClient(surroundings.NewHandler(settings.FindRoots())) { BaseAddress = Url, Timeout = Timeout.InfiniteTimeSpan };
    }

    public Uri Url { get; }

    /// <summary>Asks for something.</summary>
    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> answer, CancellationToken cancellation) =>
        RequestAsync(HttpMethod.Get, path, null, answer, cancellation);

    /// <summary>Makes a request that is answered with JSON.</summary>
    public async Task<T> RequestAsync<T>(
        HttpMethod method, string path, HttpContent? body, JsonTypeInfo<T> answer, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await SendAsync(method, path, body, TimeSpan.Zero, cancellation);
        return await ReadAsync(response, answer, cancellation);
    }

    /// <summary>Makes a request; refusals become failures.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="body">The body, if any.</param>
    /// <param name="wait">How long the gateway was asked to wait.</param>
    /// <param name="cancellation">Ends the request.</param>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? body, TimeSpan wait, CancellationToken cancellation)
    {
        HttpResponseMessage response = await SendRawAsync(method, path, body, wait, null, cancellation);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await RefusalAsync(response, cancellation);
    }

    /// <summary>Changes something if it has this version still; refused otherwise.</summary>
    public async Task<T> ChangeAsync<T>(string path, long version, HttpContent body, JsonTypeInfo<T> answer, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, path) { Content = body };
        request.Headers.IfMatch.Add(new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{version}\"")));
        using HttpResponseMessage response = await SendAsync(request, TimeSpan.Zero, cancellation);
        if (!response.IsSuccessStatusCode)
            throw await RefusalAsync(response, cancellation);
        return await ReadAsync(response, answer, cancellation);
    }

    /// <summary>Makes a request and returns whatever the answer is.</summary>
    public async Task<HttpResponseMessage> SendRawAsync(
        HttpMethod method, string path, HttpContent? body, TimeSpan wait, string? accept, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        if (accept is not null)
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        return await SendAsync(request, wait, cancellation);
    }

    /// <summary>Reads an answer.</summary>
    public async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        try
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
            return await JsonSerializer.DeserializeAsync(body, type, cancellation) ?? throw NotUnderstood();
        }
        catch (JsonException)
        {
            throw NotUnderstood();
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new CliFailureException(ExitCode.Unreachable, $"{Url} broke off its answer.", "Try again.");
        }
    }

    /// <summary>The failure that a refusal leads to.</summary>
    public async Task<CliFailureException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        ProblemView? problem = null;
        if (response.Content.Headers.ContentType?.MediaType == ProblemView.MediaType)
            problem = await ReadAsync(response, RestanteJson.Plain.ProblemView, cancellation);
        string message = problem?.Detail
            ?? string.Create(
                CultureInfo.InvariantCulture, $"{Url} answered with status {(int)response.StatusCode}, which is not a gateway's way.");
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => new(
                ExitCode.NotAuthorized,
                message,
                $"Look at the key of the policy '{_policy}' (--key, --policy, --data), and at this machine's clock."),
            HttpStatusCode.Forbidden => new(
                ExitCode.NotAuthorized,
                message,
                problem?.MissingRight is null ? null : "Use a policy that has the right, with --policy and --key."),
            HttpStatusCode.NotFound => new(ExitCode.NotFound, message),
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable when ReadRetryAfter(response) is TimeSpan after =>
                new(ExitCode.Refused, message, $"Try again in {Durations.Seconds(after)}.") { RetryAfter = after },
            _ => new(ExitCode.Refused, message),
        };
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, TimeSpan wait, CancellationToken cancellation)
    {
        if (_key is not null)
        {
            string token = AccessToken.ForPolicy(Url.Authority, _policy, _key, _time.GetUtcNow() + s_tokenLife);
            request.Headers.TryAddWithoutValidation("Authorization", token);
        }

        using var limit = new CancellationTokenSource(s_patience + wait, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CliFailureException(
                ExitCode.Unreachable, $"{Url} gave no answer in time.", "Look whether the gateway is well: restante health.")
            {
                IsTimeOut = true,
            };
        }
    }

    // In seconds, or as a date; proxies send the one or the other. [RFC 9110, 10.2.3]
    private TimeSpan? ReadRetryAfter(HttpResponseMessage response)
    {
        if (response.Headers.RetryAfter is not { } header)
            return null;
        TimeSpan? after = header.Delta ?? header.Date - _time.GetUtcNow();
        return after < TimeSpan.Zero ? TimeSpan.Zero : after;
    }

    private CliFailureException Unreachable(HttpRequestException e) => e.InnerException is AuthenticationException
        ? new(
            ExitCode.Unreachable,
            $"The certificate of {Url} is not trusted, or not for this name.",
            "Give the certificate of its authority with --ca (a gateway keeps it as ca.pem in its data directory), and its own name in "
                + "--url.")
        : new(
            ExitCode.Unreachable,
            $"{Url} cannot be reached.",
            "Start the gateway with 'restante serve', or give its address with --url or its data directory with --data.");

    private CliFailureException NotUnderstood() =>
        new(ExitCode.Refused, $"{Url} gave an answer that is not a gateway's.", "Look at the address, and at proxies in between.");
}
