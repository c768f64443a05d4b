using System.Text.Json;
using Restante.Contracts;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>Mail by HTTPS.</summary>
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

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private Arrived Read(DeliveredMessage message) => new()
    {
        Id = message.Id,
        Kind = message.Kind,
        MessageId = message.MessageId,
        Body = message.Body is { ValueKind: JsonValueKind.String } text ? text.GetString()! : message.Body!.Value.GetRawText(),
        ContentType = message.ContentType,
        CorrelationId = message.CorrelationId,
        Subject = message.Subject,
        Properties = message.Properties ?? new Dictionary<string, string>(),
        DeliveryCount = message.DeliveryCount,
        ExpiresAtMs = message.ExpiresAt?.ToUnixTimeMilliseconds(),
        SettleAsync = verb => SettleAsync(message.Lease, verb),
    };

    private async Task SettleAsync(string lease, string verb)
    {
        using HttpResponseMessage settled = verb == "accept"
            ? await _http.DeleteAsync($"/v1/mailbox/{lease}")
            : await _http.PostAsync($"/v1/mailbox/{lease}/{verb}", GatewayProcess.Json($$"""{"reason":"{{IDoor.Reason}}"}"""));
        Assert.True(settled.IsSuccessStatusCode, await settled.Content.ReadAsStringAsync());
    }
}
