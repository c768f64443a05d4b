using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Crashes;

/// <summary>A device that counts upwards in its state and its telemetry, and the service that counts upwards in what is desired of it.</summary>
internal sealed class PlaceDevice(GatewayProcess gateway, string key)
{
    public const string Id = "place-1";

    private readonly Counter _reported = new();
    private readonly Counter _desired = new();
    private readonly Counter _sent = new();
    private readonly ConcurrentQueue<long> _telemetry = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource? _progressed;
    private int _toGo;

    /// <summary>The telemetry that was acknowledged.</summary>
    public IReadOnlyCollection<long> Telemetry => _telemetry;

    /// <summary>Ends when so many more calls were acknowledged.</summary>
    public Task Progress(int calls)
    {
        lock (_gate)
        {
            _toGo = calls;
            _progressed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _progressed.Task;
        }
    }

    public Task ReportAsync(CancellationToken killed) => CountAsync(_reported, $"{Id}:{key}", HttpMethod.Patch, "/v1/state", killed);

    public Task WishAsync(CancellationToken killed) =>
        CountAsync(_desired, $"policy/admin:{gateway.AdminKey}", HttpMethod.Patch, $"/v1/devices/{Id}/state/desired", killed);

    public Task SendAsync(CancellationToken killed) => CountAsync(_sent, $"{Id}:{key}", HttpMethod.Post, "/v1/telemetry", killed);

    /// <summary>Both parts hold what was acknowledged last, or what was under way.</summary>
    public async Task AssertStateAsync()
    {
        using JsonDocument state = JsonDocument.Parse(await gateway.Http.GetStringAsync($"/v1/devices/{Id}/state"));
        _reported.AssertHolds(state.RootElement.GetProperty("reported"));
        _desired.AssertHolds(state.RootElement.GetProperty("desired"));
    }

    private async Task CountAsync(Counter counter, string credentials, HttpMethod method, string path, CancellationToken killed)
    {
        try
        {
            using HttpClient http = gateway.CreateHttpClient(credentials);
            while (true)
            {
                long number = ++counter.Tried;
                bool isState = method == HttpMethod.Patch;
                string text = number.ToString(CultureInfo.InvariantCulture);
                using var request = new HttpRequestMessage(method, path);
                request.Content = new StringContent(
                    isState ? $$"""{"n":{{text}}}""" : text, Encoding.UTF8, isState ? "application/merge-patch+json" : "text/plain");
                using HttpResponseMessage answer = await http.SendAsync(request, killed);
                Assert.True(answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.ServiceUnavailable, $"{path}: {answer}");
                if (!answer.IsSuccessStatusCode)
                    continue;
                counter.Done = number;
                if (!isState)
                    _telemetry.Enqueue(number);
                Advanced();
            }
        }
        catch (Exception e) when (PatternLedger.IsEnd(e))
        {
            // The gateway was killed; what was under way may or may not be stored.
        }
    }

    private void Advanced()
    {
        lock (_gate)
        {
            if (--_toGo <= 0)
                _progressed?.TrySetResult();
        }
    }

    private sealed class Counter
    {
        public long Tried { get; set; }

        public long Done { get; set; }

        public void AssertHolds(JsonElement part)
        {
            if (Done > 0 || part.GetProperty("version").GetInt64() > 0)
                Assert.InRange(part.GetProperty("content").GetProperty("n").GetInt64(), Done, Tried);
        }
    }
}
