using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Client.Amqp;
using Restante.Contracts;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Rounds;

/// <summary>
/// Services that send commands by AMQP and HTTPS, again where they were not answered and sometimes where they were, take them back, notify,
/// recall, and desire; and one that reads how commands ended.
/// </summary>
internal sealed class RoundService(IReadOnlyList<RoundDevice> fleet, History history, RoundClock clock)
{
    private readonly ConcurrentQueue<Wish> _unanswered = new();
    private readonly ConcurrentQueue<(string Key, double LifeMs)> _unansweredNotices = new();
    private readonly ConcurrentQueue<Wish> _sent = new();
    private readonly ConcurrentQueue<(Wish Wish, long Id)> _known = new();
    private readonly ConcurrentQueue<(string Key, long Id)> _notices = new();
    private readonly Dictionary<string, long> _desired = [];
    private long _next;
    private long _nextNotice;

    public Task LiveAsync(GatewayProcess gateway, NetworkHost network, Random dice, CancellationToken end) => Task.WhenAll(
        RepeatAsync(new Random(dice.Next()), d => SendByAmqpAsync(gateway, network, d, end), end),
        RepeatAsync(new Random(dice.Next()), d => ActByHttpsAsync(gateway, d, end), end),
        WatchAsync(gateway, network, end));

    /// <summary>Reads the feed of outcomes until the end.</summary>
    public Task WatchAsync(GatewayProcess gateway, NetworkHost network, CancellationToken end) =>
        RepeatAsync(Random.Shared, _ => WatchOnceAsync(gateway, network, end), end);

    private static async Task RepeatAsync(Random dice, Func<Random, Task> live, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await live(dice);
            }
            catch (Exception e) when (RoundDevice.IsEnd(e))
            {
                // The gateway is gone, or has no disk.
            }

            if (!end.IsCancellationRequested)
                await Task.Delay(20, CancellationToken.None);
        }
    }

    private async Task SendByAmqpAsync(GatewayProcess gateway, NetworkHost network, Random dice, CancellationToken end)
    {
        await using AmqpClient client = await AmqpClient.ConnectAsync(network, gateway.ServiceEndpoint(), "rounds-sender", end);
        AmqpSender sender = await client.OpenSenderAsync("devices", end);
        while (true)
        {
            await Task.Delay(dice.Next(2, 16), end);
            Wish wish = Choose(dice);
            AmqpMessage message = AmqpMessage.FromData(wish.Body);
            message.Properties = new MessageProperties { To = wish.Device, MessageId = wish.Key };
            if (wish.LifeMs > 0)
                message.Header = new MessageHeader { TtlMs = (uint)wish.LifeMs };
            message.MessageAnnotations = [];
            if (wish.NotBeforeMs > 0)
                message.MessageAnnotations.Add(new Symbol("x-opt-restante-not-before"), new AmqpTimestamp((long)wish.NotBeforeMs));
            if (wish.ReplaceKey is not null)
                message.MessageAnnotations.Add(new Symbol("x-opt-restante-replace-key"), wish.ReplaceKey);
            double from = History.Now;
            DeliveryState? state = null;
            await TryAsync(wish, from, async () => state = await sender.SendAsync(message));
            Reply reply = state is Accepted ? Reply.Done : state is null ? Reply.None : Reply.Refused;
            Note(wish, from, reply, 0, reply == Reply.Refused ? state!.ToString()! : string.Empty);
        }
    }

    private async Task ActByHttpsAsync(GatewayProcess gateway, Random dice, CancellationToken end)
    {
        using HttpClient http = gateway.CreateHttpClient($"policy/admin:{gateway.AdminKey}");
        while (true)
        {
            await Task.Delay(dice.Next(2, 16), end);
            switch (dice.Next(100))
            {
                case < 70:
                    await CommandAsync(http, Choose(dice), end);
                    break;
                case < 80 when !_known.IsEmpty:
                    (Wish wish, long id) = _known.ElementAt(dice.Next(_known.Count));
                    var cancel = new Entry { Act = Act.Cancel, From = History.Now, To = 0, Device = wish.Device, Key = wish.Key };
                    await TakeBackAsync(http, $"/v1/commands/{id}", cancel, end);
                    break;
                case < 88:
                    await NotifyAsync(http, dice, end);
                    break;
                case < 91 when !_notices.IsEmpty:
                    (string key, long number) = _notices.ElementAt(dice.Next(_notices.Count));
                    var recall = new Entry { Act = Act.Recall, From = History.Now, To = 0, Key = key };
                    await TakeBackAsync(http, $"/v1/notifications/{number}", recall, end);
                    break;
                default:
                    await DesireAsync(http, fleet[dice.Next(fleet.Count)].Id, end);
                    break;
            }
        }
    }

    private Wish Choose(Random dice)
    {
        if (dice.Next(2) == 0 && _unanswered.TryDequeue(out Wish? again))
            return again;
        if (dice.Next(12) == 0 && !_sent.IsEmpty)
            return _sent.ElementAt(dice.Next(_sent.Count));
        double now = (clock.Earliest(History.Now, History.Now) + clock.Latest(History.Now, History.Now)) / 2;
        var wish = new Wish(
            fleet[dice.Next(fleet.Count)].Id,
            $"c-{Interlocked.Increment(ref _next)}",
            dice.Next(100) switch { < 14 => dice.Next(400, 2_500), < 24 => 3_600_000, _ => 0 },
            dice.Next(100) < 8 ? Math.Floor(now + dice.Next(1_500)) : 0,
            dice.Next(100) < 8 ? "point" : null);
        return wish.NotBeforeMs > 0 ? wish with { LifeMs = 0 } : wish;
    }

    private async Task CommandAsync(HttpClient http, Wish wish, CancellationToken end)
    {
        var creation = new CommandCreation
        {
            BodyBase64 = Convert.ToBase64String(wish.Body),
            MessageId = wish.Key,
            Ttl = wish.LifeMs > 0 ? wish.LifeMs / 1_000 : null,
            NotBefore = wish.NotBeforeMs > 0 ? DateTimeOffset.FromUnixTimeMilliseconds((long)wish.NotBeforeMs) : null,
            ReplaceKey = wish.ReplaceKey,
        };
        string json = JsonSerializer.Serialize(creation, RestanteJson.Plain.CommandCreation);
        double from = History.Now;
        (HttpStatusCode status, string text) answer = (default, string.Empty);
        await TryAsync(wish, from, async () => answer = await PostAsync(http, $"/v1/devices/{wish.Device}/commands", json, end));
        bool isTaken = (int)answer.status is >= 200 and < 300;
        long id = isTaken ? Id(answer.text) : 0;
        if (isTaken)
            _known.Enqueue((wish, id));
        Note(wish, from, isTaken ? Reply.Done : Reply.Refused, id, isTaken ? string.Empty : answer.text);
    }

    private async Task NotifyAsync(HttpClient http, Random dice, CancellationToken end)
    {
        if (!_unansweredNotices.TryDequeue(out (string Key, double LifeMs) notice))
            notice = ($"n-{Interlocked.Increment(ref _nextNotice)}", dice.Next(3) == 0 ? dice.Next(500, 2_500) : 0);
        var creation = new NotificationCreation
        {
            Audience = "id like 'round-%'",
            BodyBase64 = Convert.ToBase64String(Mark.Write("notification", string.Empty, notice.Key)),
            MessageId = notice.Key,
            Ttl = notice.LifeMs > 0 ? notice.LifeMs / 1_000 : null,
        };
        var entry = new Entry { Act = Act.Notify, From = History.Now, To = 0, Key = notice.Key, LifeMs = notice.LifeMs };
        try
        {
            string json = JsonSerializer.Serialize(creation, RestanteJson.Plain.NotificationCreation);
            (HttpStatusCode status, string text) = await PostAsync(http, "/v1/notifications", json, end);
            bool isTaken = (int)status is >= 200 and < 300;
            long id = isTaken ? Id(text) : 0;
            string words = isTaken ? string.Empty : text;
            history.Add(entry with { To = History.Now, Reply = isTaken ? Reply.Done : Reply.Refused, Id = id, Word = words });
            if (isTaken)
                _notices.Enqueue((notice.Key, id));
        }
        catch (Exception e) when (RoundDevice.IsEnd(e))
        {
            history.Add(entry with { To = History.Now });
            _unansweredNotices.Enqueue(notice);
            throw;
        }
    }

    private async Task TakeBackAsync(HttpClient http, string path, Entry entry, CancellationToken end)
    {
        try
        {
            using HttpResponseMessage answer = await http.DeleteAsync(path, end);
            string words = answer.IsSuccessStatusCode ? string.Empty : await answer.Content.ReadAsStringAsync(end);
            history.Add(entry with { To = History.Now, Reply = answer.IsSuccessStatusCode ? Reply.Done : Reply.Refused, Word = words });
        }
        catch (Exception e) when (RoundDevice.IsEnd(e))
        {
            history.Add(entry with { To = History.Now });
            throw;
        }
    }

    private async Task DesireAsync(HttpClient http, string device, CancellationToken end)
    {
        long number = _desired[device] = _desired.GetValueOrDefault(device) + 1;
        var entry = new Entry { Act = Act.Desired, From = History.Now, To = 0, Device = device, Number = number };
        try
        {
            using var patch = new StringContent($$"""{"n":{{entry.Number}}}""", Encoding.UTF8, "application/merge-patch+json");
            using HttpResponseMessage answer = await http.PatchAsync($"/v1/devices/{entry.Device}/state/desired", patch, end);
            string words = answer.IsSuccessStatusCode ? string.Empty : await answer.Content.ReadAsStringAsync(end);
            history.Add(entry with { To = History.Now, Reply = answer.IsSuccessStatusCode ? Reply.Done : Reply.Refused, Word = words });
        }
        catch (Exception e) when (RoundDevice.IsEnd(e))
        {
            history.Add(entry with { To = History.Now });
            throw;
        }
    }

    private async Task WatchOnceAsync(GatewayProcess gateway, NetworkHost network, CancellationToken end)
    {
        double from = History.Now;
        await using AmqpClient client = await AmqpClient.ConnectAsync(network, gateway.ServiceEndpoint(), "rounds-watcher", end);
        AmqpReceiver outcomes = await client.OpenReceiverAsync("outcomes", 100, end);
        while (true)
        {
            AmqpMessage message = (await TakeAsync(outcomes, end)).Message;
            AmqpMap said = message.ApplicationProperties!;
            history.Add(new Entry
            {
                Act = Act.Outcome,
                From = from,
                To = History.Now,
                Device = (string)said["device"]!,
                Key = (string)message.Properties!.CorrelationId!,
                Id = Convert.ToInt64(said["command-id"], CultureInfo.InvariantCulture),
                Word = message.Properties.Subject!,
                Number = Convert.ToInt64(said["delivery-count"], CultureInfo.InvariantCulture),
            });
        }
    }

    private static async Task<AmqpReceived> TakeAsync(AmqpReceiver receiver, CancellationToken end)
    {
        AmqpReceived received = await receiver.ReceiveAsync(end);
        received.Accept();
        return received;
    }

    private static async Task<(HttpStatusCode Status, string Text)> PostAsync(
        HttpClient http, string path, string json, CancellationToken end)
    {
        using HttpResponseMessage answer = await http.PostAsync(path, GatewayProcess.Json(json), end);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(end));
    }

    // The receipt of a message, or of one that was sent before under the same message-id.
    private static long Id(string receipt) =>
        long.Parse(JsonElement.Parse(receipt).GetProperty("id").GetString()!, CultureInfo.InvariantCulture);

    private async Task TryAsync(Wish wish, double from, Func<Task> send)
    {
        try
        {
            await send();
        }
        catch (Exception e) when (RoundDevice.IsEnd(e))
        {
            Note(wish, from, Reply.None, 0, e.Message);
            throw;
        }
    }

    private void Note(Wish wish, double from, Reply reply, long id, string words)
    {
        history.Add(wish.Entry(from, reply, id, words));
        if (reply == Reply.None)
            _unanswered.Enqueue(wish);
        else if (reply == Reply.Done)
            _sent.Enqueue(wish);
    }
}
