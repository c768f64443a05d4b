using System.Globalization;
using System.Net;
using System.Text.Json;
using Restante.Contracts;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Crashes;

/// <summary>The same by HTTPS, where each settling is answered: what was answered must never come again.</summary>
internal sealed class PatternHttpDevice(PatternRecord record, string key) : IPatternDevice
{
    private int _answered;

    public async Task LiveAsync(GatewayProcess gateway, NetworkHost network, PatternLedger ledger, bool asks, CancellationToken killed)
    {
        try
        {
            using HttpClient http = gateway.CreateHttpClient($"{record.Id}:{key}");
            await Task.WhenAll(ReceiveAsync(http, ledger, killed), asks ? AskAsync(http, ledger, killed) : Task.CompletedTask);
        }
        catch (Exception e) when (PatternLedger.IsEnd(e))
        {
            // The gateway was killed.
        }
    }

    private async Task ReceiveAsync(HttpClient http, PatternLedger ledger, CancellationToken killed)
    {
        while (true)
        {
            string page = await http.GetStringAsync("/v1/mailbox?wait=20&max=10", killed);
            foreach (DeliveredMessage message in JsonSerializer.Deserialize(page, RestanteJson.Plain.DeliveryPage)!.Items)
                await TakeAsync(http, message, ledger, killed);
        }
    }

    private async Task TakeAsync(HttpClient http, DeliveredMessage message, PatternLedger ledger, CancellationToken killed)
    {
        long sequence = long.Parse(message.Id, CultureInfo.InvariantCulture);
        if (message.Kind == "answer")
        {
            long number = long.Parse(message.Properties!["number"], CultureInfo.InvariantCulture);
            record.Answered(message.CorrelationId!, sequence, number, message.Properties["final"] == "true");
        }
        else
        {
            record.Arrived(message.Kind, sequence);
        }

        for (int number = 1; message.Kind == "command" && number <= PatternService.Parts; number++)
        {
            string query = number == PatternService.Parts ? $"number={number}&final=true" : $"number={number}";
            using var body = new StringContent($"{sequence}/{number}");
            using HttpResponseMessage reported = await http.PostAsync($"/v1/reports/{sequence}?{query}", body, killed);
            if (await IsDoneAsync(reported, $"report {number} on {sequence}", ledger))
                ledger.Reports[(sequence, number)] = 0;
        }

        using HttpResponseMessage accepted = await http.DeleteAsync($"/v1/mailbox/{message.Lease}", killed);
        if (await IsDoneAsync(accepted, $"accepting {message.Kind} {sequence}", ledger))
            record.Settled[sequence] = 0;
    }

    private async Task AskAsync(HttpClient http, PatternLedger ledger, CancellationToken killed)
    {
        while (true)
        {
            string id = $"{record.Id}-{_answered + 1}";
            DateTimeOffset deadline = DateTimeOffset.UtcNow.AddSeconds(PatternService.LifeSeconds);
            string until = deadline.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            using var body = new StringContent(id);
            using HttpResponseMessage asked =
                await http.PostAsync($"/v1/inquiries/{PatternService.Subject}?id={id}&until={until}", body, killed);
            if (await IsDoneAsync(asked, $"inquiry {id}", ledger))
                ledger.Asked[id] = record;
            await record.Final(id).WaitAsync(killed);
            _answered++;
        }
    }

    private static async Task<bool> IsDoneAsync(HttpResponseMessage answer, string what, PatternLedger ledger)
    {
        if (answer.IsSuccessStatusCode)
            ledger.Advanced();
        else if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
            ledger.Unexpected.Enqueue($"{what}: {await answer.Content.ReadAsStringAsync()}");
        return answer.IsSuccessStatusCode;
    }
}
