using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Client.Amqp;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Crashes;

/// <summary>
/// A service that sends commands and notifications, and reads what became of them. What was not acknowledged it sends again under
/// the same id.
/// </summary>
internal sealed class PatternService(PatternLedger ledger)
{
    /// <summary>What the devices ask about.</summary>
    public const string Subject = "pattern-crash";

    /// <summary>Reports on each command.</summary>
    public const int Parts = 3;

    /// <summary>How long everything lives; longer than the test.</summary>
    public const int LifeSeconds = 7_200;

    private const int CommandsPerNotification = 3;

    private readonly ConcurrentDictionary<string, int> _sent = new();
    private readonly Queue<long> _toConfirm = new();
    private int _notified;

    public async Task SendAsync(GatewayProcess gateway, NetworkHost network, CancellationToken killed)
    {
        try
        {
            using HttpClient http = gateway.CreateHttpClient($"policy/admin:{gateway.AdminKey}");
            await using AmqpClient client = await AmqpClient.ConnectAsync(network, gateway.ServiceEndpoint(), "pattern-sender", killed);
            AmqpSender sender = await client.OpenSenderAsync("devices", killed);
            while (true)
            {
                await NotifyAsync(http, killed);
                for (int i = 0; i < CommandsPerNotification; i++)
                    await Task.WhenAll(ledger.Fleet.Select(device => CommandAsync(sender, device)));
                await ConfirmAsync(http, killed);
            }
        }
        catch (Exception e) when (PatternLedger.IsEnd(e))
        {
            // The gateway was killed; what was under way may or may not be stored.
        }
    }

    public async Task WatchOutcomesAsync(GatewayProcess gateway, NetworkHost network, CancellationToken killed)
    {
        try
        {
            await using AmqpClient client = await AmqpClient.ConnectAsync(network, gateway.ServiceEndpoint(), "pattern-outcomes", killed);
            AmqpReceiver outcomes = await client.OpenReceiverAsync("outcomes", 100, killed);
            while (true)
            {
                AmqpReceived outcome = await outcomes.ReceiveAsync(killed);
                AmqpMap properties = outcome.Message.ApplicationProperties!;
                PatternRecord device = ledger.Fleet.Single(d => d.Id == (string)properties["device"]!);
                device.Settled[Convert.ToInt64(properties["command-id"], CultureInfo.InvariantCulture)] = 0;
                ledger.Ended[(string)outcome.Message.Properties!.CorrelationId!] = 0;
                outcome.Accept();
            }
        }
        catch (Exception e) when (PatternLedger.IsEnd(e))
        {
            // The gateway was killed, or the test is done.
        }
    }

    public async Task WatchReportsAsync(GatewayProcess gateway, NetworkHost network, CancellationToken killed)
    {
        try
        {
            await using AmqpClient client = await AmqpClient.ConnectAsync(network, gateway.ServiceEndpoint(), "pattern-reports", killed);
            AmqpReceiver reports = await client.OpenReceiverAsync("reports", 100, killed);
            while (true)
            {
                AmqpReceived report = await reports.ReceiveAsync(killed);
                long command = Convert.ToInt64(report.Message.Properties!.CorrelationId, CultureInfo.InvariantCulture);
                ledger.ReportsSeen[(command, (long)report.Message.ApplicationProperties!["number"]!)] = 0;
                report.Accept();
            }
        }
        catch (Exception e) when (PatternLedger.IsEnd(e))
        {
            // The gateway was killed, or the test is done.
        }
    }

    public static object? Annotation(AmqpMessage message, string name) =>
        message.MessageAnnotations!.TryGetNamed(name, out object? value) ? value : null;

    private async Task CommandAsync(AmqpSender sender, PatternRecord device)
    {
        string id = $"{device.Id}/{_sent.GetValueOrDefault(device.Id) + 1}";
        AmqpMessage message = AmqpMessage.FromData(Encoding.ASCII.GetBytes(id));
        message.Properties = new MessageProperties { To = device.Id, MessageId = id };
        switch (await sender.SendAsync(message))
        {
            case Accepted:
                _sent[device.Id] = _sent.GetValueOrDefault(device.Id) + 1;
                ledger.Commands[id] = 0;
                ledger.Advanced();
                break;
            case Rejected rejected:
                ledger.Unexpected.Enqueue($"command {id}: {rejected.Error}");
                break;
        }
    }

    private async Task NotifyAsync(HttpClient http, CancellationToken killed)
    {
        string wish = $$"""{"audience":"id like 'pattern-%'","messageId":"n-{{_notified + 1}}","ttl":{{LifeSeconds}},"body":"all"}""";
        using HttpResponseMessage sent = await http.PostAsync("/v1/notifications", GatewayProcess.Json(wish), killed);
        string receipt = await sent.Content.ReadAsStringAsync(killed);
        if (!sent.IsSuccessStatusCode)
        {
            ledger.Unexpected.Enqueue($"notification {_notified + 1}: {receipt}");
            return;
        }

        using JsonDocument json = JsonDocument.Parse(receipt);
        long id = long.Parse(json.RootElement.GetProperty("id").GetString()!, CultureInfo.InvariantCulture);
        _notified++;
        _toConfirm.Enqueue(id);
        ledger.Notifications[id] = 0;
        ledger.Advanced();
    }

    // Which devices have settled the oldest notification that not all are known to have settled.
    private async Task ConfirmAsync(HttpClient http, CancellationToken killed)
    {
        if (!_toConfirm.TryPeek(out long id))
            return;
        using JsonDocument page = JsonDocument.Parse(await http.GetStringAsync($"/v1/notifications/{id}/devices", killed));
        foreach (JsonElement item in page.RootElement.GetProperty("items").EnumerateArray())
            ledger.Fleet.Single(d => d.Id == item.GetProperty("device").GetString()).Settled[id] = 0;
        if (ledger.Fleet.All(d => d.Settled.ContainsKey(id)))
            _toConfirm.Dequeue();
    }
}
