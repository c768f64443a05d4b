using System.Text;
using System.Text.Json;
using Restante.Contracts;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>A device on HTTPS.</summary>
internal sealed class HttpsDoor(GatewayProcess gateway, string id, string key) : IDoor
{
    private readonly HttpClient _http = gateway.CreateHttpClient($"{id}:{key}");

    public string Kept => IDoor.Reason;

    public async Task<Arrived> ReceiveAsync(CancellationToken cancellation)
    {
        while (true)
        {
            string page = await _http.GetStringAsync("/v1/mailbox?wait=20&max=1", cancellation);
            foreach (DeliveredMessage message in JsonSerializer.Deserialize(page, RestanteJson.Plain.DeliveryPage)!.Items)
                return Read(message);
        }
    }

    public Task SendTelemetryAsync(string channel, Letter letter) => SendAsync(HttpsLetter.Raw($"/v1/telemetry/{channel}", letter));

    public Task ReportAsync(string command, Letter letter, bool isFinal) =>
        SendAsync(HttpsLetter.Raw($"/v1/reports/{command}?final={(isFinal ? "true" : "false")}", letter));

    public Task AskAsync(string subject, Letter letter) =>
        SendAsync(HttpsLetter.Raw($"/v1/inquiries/{subject}?id={letter.MessageId}", letter));

    public Task ReportStateAsync(string patch, CancellationToken cancellation)
    {
        var content = new StringContent(patch, Encoding.UTF8, "application/merge-patch+json");
        return SendAsync(new HttpRequestMessage(HttpMethod.Patch, "/v1/state") { Content = content });
    }

    public async Task<JsonElement> ReadStateAsync(CancellationToken cancellation) =>
        JsonElement.Parse(await _http.GetStringAsync("/v1/state", cancellation));

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private Arrived Read(DeliveredMessage message) => new()
    {
        Id = message.Id,
        Kind = message.Kind,
        Letter = HttpsLetter.Read(message),
        DeliveryCount = message.DeliveryCount,
        ExpiresAtMs = message.ExpiresAt?.ToUnixTimeMilliseconds(),
        SettleAsync = verb => SettleAsync(message.Lease, verb),
    };

    private Task SettleAsync(string lease, string verb) => SendAsync(verb == "accept"
        ? new HttpRequestMessage(HttpMethod.Delete, $"/v1/mailbox/{lease}")
        : new HttpRequestMessage(HttpMethod.Post, $"/v1/mailbox/{lease}/{verb}")
        {
            Content = verb == "renew" ? null : GatewayProcess.Json($$"""{"reason":"{{IDoor.Reason}}"}"""),
        });

    private async Task SendAsync(HttpRequestMessage request)
    {
        using (request)
        using (HttpResponseMessage answer = await _http.SendAsync(request))
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
