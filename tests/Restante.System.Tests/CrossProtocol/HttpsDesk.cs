using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Restante.Contracts;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>A service on HTTPS. It wraps a letter in JSON, or sends it raw where JSON has no word for its packing.</summary>
internal sealed class HttpsDesk(GatewayProcess gateway) : IDesk
{
    private readonly HttpClient _http = gateway.CreateHttpClient($"policy/admin:{gateway.AdminKey}");
    private string? _cursor;

    public async Task<string> CommandAsync(string device, Letter letter, long expiresAtMs)
    {
        string path = $"/v1/devices/{device}/commands";
        DateTimeOffset expiresAt = DateTimeOffset.FromUnixTimeMilliseconds(expiresAtMs);
        HttpRequestMessage request = letter.ContentEncoding is null
            ? Json(path, HttpsLetter.Json(letter, new() { ["expiresAt"] = expiresAt }))
            : HttpsLetter.Raw(path, letter);
        if (letter.ContentEncoding is not null)
            request.Headers.Add("X-Restante-Expires-At", expiresAt.ToString("O"));
        return (await SendAsync(request)).GetProperty("id").GetString()!;
    }

    public async Task<string> NotifyAsync(string group, Letter letter) =>
        (await SendAsync(Json("/v1/notifications", HttpsLetter.Json(letter, new() { ["group"] = group })))).GetProperty("id").GetString()!;

    public async Task FollowTelemetryAsync(CancellationToken cancellation) =>
        _cursor = (await GetAsync("/v1/telemetry?from=latest", RestanteJson.Plain.StreamPage, cancellation)).Next;

    public async Task<(string? Channel, Letter Letter)> NextTelemetryAsync(string device, CancellationToken cancellation)
    {
        while (true)
        {
            StreamPage page = await GetAsync(
                $"/v1/telemetry?cursor={Uri.EscapeDataString(_cursor!)}&max=1&wait=20", RestanteJson.Plain.StreamPage, cancellation);
            _cursor = page.Next;
            foreach (StreamRecordView record in page.Items.Where(r => r.Device == device))
                return (record.Channel, HttpsLetter.Read(record));
        }
    }

    public async Task<IReadOnlyList<Reported>> ReportsAsync(string command, int count, CancellationToken cancellation)
    {
        List<Reported> reports = [];
        long from = 1;
        while (reports.Count < count)
        {
            ReportPage page = await GetAsync(
                $"/v1/commands/{command}/reports?from={from}&wait=20", RestanteJson.Plain.ReportPage, cancellation);
            reports.AddRange(page.Items.Select(static r => new Reported(r.Device, r.Number, r.IsFinal, HttpsLetter.Read(r))));
            from = page.Next;
        }

        return reports;
    }

    public async Task<Asked> TakeAsync(string subject, CancellationToken cancellation)
    {
        while (true)
        {
            InquiryPage page = await GetAsync($"/v1/inquiries/{subject}?wait=20&max=1", RestanteJson.Plain.InquiryPage, cancellation);
            foreach (InquiryView inquiry in page.Items)
                return Read(inquiry, subject);
        }
    }

    public Task AnswerAsync(string inquiry, Letter letter, bool isFinal)
    {
        string path = $"/v1/inquiries/{inquiry}/answers?final={(isFinal ? "true" : "false")}";
        return SendAsync(letter.ContentEncoding is null ? Json(path, HttpsLetter.Json(letter, [])) : HttpsLetter.Raw(path, letter));
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static HttpRequestMessage Json(string path, string json) => new(HttpMethod.Post, path) { Content = GatewayProcess.Json(json) };

    private Asked Read(InquiryView inquiry, string subject)
    {
        Assert.Equal(subject, inquiry.InquirySubject);
        Assert.Equal(inquiry.InquiryId, inquiry.MessageId);
        return new Asked
        {
            Number = inquiry.Id,
            Device = inquiry.Device,
            Letter = HttpsLetter.Read(inquiry),
            DeliveryCount = inquiry.DeliveryCount,
            SettleAsync = verb => SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/v1/inquiries/{inquiry.Lease}/{verb}")
            {
                Content = verb == "reject" ? GatewayProcess.Json($$"""{"reason":"{{IDesk.Reason}}"}""") : null,
            }),
        };
    }

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        JsonSerializer.Deserialize(await _http.GetStringAsync(path, cancellation), type)!;

    private async Task<JsonElement> SendAsync(HttpRequestMessage request)
    {
        using (request)
        using (HttpResponseMessage answer = await _http.SendAsync(request))
        {
            string body = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, body);
            return body.Length == 0 ? default : JsonElement.Parse(body);
        }
    }
}
