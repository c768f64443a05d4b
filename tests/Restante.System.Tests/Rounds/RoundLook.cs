using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Restante.Contracts;
using Restante.System.Tests.CrossProtocol;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Rounds;

/// <summary>Looks at all that a service can look at, and goes on from there the next time.</summary>
internal sealed class RoundLook(IReadOnlyList<RoundDevice> fleet, RoundReader reader, History history)
{
    private readonly HashSet<string> _reported = [];
    private string _telemetry = "from=earliest";
    private long _outcomes;
    private long _reports;

    /// <summary>Looks at what is new; at the end at everything.</summary>
    public async Task LookAsync(GatewayProcess gateway, bool isLast)
    {
        double from = History.Now;

        // The mailboxes first: what ends meanwhile shows afterwards in the feed.
        foreach (RoundDevice device in fleet)
            await LookIntoMailboxAsync(gateway, device.Id);
        if (isLast)
            (_outcomes, _telemetry, _reports) = (0, "from=earliest", 0);
        await ReadOutcomesAsync(gateway);
        await ReadTelemetryAsync(gateway);
        await ReadReportsAsync(gateway);
        while (isLast && await reader.ReadAsync(gateway.Http, max: 1_000, waitSeconds: 1, isConfirmed: true, CancellationToken.None) > 0)
        {
        }

        foreach ((string key, long id) in Notices())
        {
            if (_reported.Add(key) || isLast)
                await ReadDeliveriesAsync(gateway, key, id);
        }

        foreach (RoundDevice device in fleet)
        {
            await ReadStateAsync(gateway, device.Id);
            if (isLast)
                await LookAtShelfAsync(gateway, device.Id);
        }

        history.Add(new Entry { Act = Act.Looked, From = from, To = History.Now });
    }

    /// <summary>Whether nothing waits any more: no mail, no question, no notification.</summary>
    public async Task<string?> WhatWaitsAsync(GatewayProcess gateway)
    {
        foreach (RoundDevice device in fleet)
        {
            MailboxPage page = await GetAsync(gateway, $"/v1/devices/{device.Id}/mailbox?max=3", RestanteJson.Plain.MailboxPage);
            if (page.Items.Count > 0)
                return $"{page.Items[0].Kind} {page.Items[0].Id} ({page.Items[0].MessageId}) at {device.Id} is {page.Items[0].State}";
        }

        foreach ((string key, long id) in Notices())
        {
            NotificationView view = await GetAsync(gateway, $"/v1/notifications/{id}", RestanteJson.Plain.NotificationView);
            if (view.State == "active" && view.Accepted + view.Rejected + view.Undeliverable < fleet.Count)
                return $"notification {id} ({key}) was settled by {view.Accepted + view.Rejected + view.Undeliverable} devices";
        }

        HashSet<string> asked = [.. history.Entries.Where(static e => e.Act == Act.Asked).Select(static e => e.Key)];
        Entry? open = history.Entries.FirstOrDefault(e => e is { Act: Act.Ask, Reply: Reply.Done } && !asked.Contains(e.Key));
        return open is null ? null : $"inquiry {open.Key}";
    }

    private List<(string Key, long Id)> Notices() =>
        [.. history.Entries.Where(static e => e is { Act: Act.Notify, Reply: Reply.Done }).Select(static e => (e.Key, e.Id)).Distinct()];

    private async Task LookIntoMailboxAsync(GatewayProcess gateway, string device)
    {
        string? after = null;
        do
        {
            double from = History.Now;
            string path = $"/v1/devices/{device}/mailbox?max=1000{(after is null ? string.Empty : "&after=" + after)}";
            MailboxPage page = await GetAsync(gateway, path, RestanteJson.Plain.MailboxPage);
            foreach (MailboxMessageView message in page.Items)
            {
                Add(new Entry
                {
                    Act = Act.Waiting,
                    From = from,
                    To = 0,
                    Device = device,
                    Key = message.MessageId ?? message.Id,
                    Id = Number(message.Id),
                    Kind = message.Kind,
                });
            }

            after = page.Next;
        }
        while (after is not null);
    }

    private async Task ReadOutcomesAsync(GatewayProcess gateway)
    {
        while (true)
        {
            double from = History.Now;
            OutcomePage page = await GetAsync(gateway, $"/v1/outcomes?after={_outcomes}&max=1000", RestanteJson.Plain.OutcomePage);
            foreach (OutcomeView outcome in page.Items)
            {
                Add(new Entry
                {
                    Act = Act.Outcome,
                    From = from,
                    To = 0,
                    Device = outcome.Device,
                    Key = outcome.MessageId ?? outcome.Id,
                    Id = Number(outcome.Id),
                    Word = outcome.Outcome,
                    Number = outcome.DeliveryCount,
                });
            }

            _outcomes = page.Next;
            if (page.Items.Count == 0)
                return;
        }
    }

    private async Task ReadTelemetryAsync(GatewayProcess gateway)
    {
        while (true)
        {
            double from = History.Now;
            StreamPage page = await GetAsync(gateway, $"/v1/telemetry?{_telemetry}&max=1000", RestanteJson.Plain.StreamPage);
            foreach (StreamRecordView record in page.Items)
                Add(RoundReader.Telemetry(Act.Stored, record, from));
            _telemetry = "cursor=" + Uri.EscapeDataString(page.Next!);
            if (page.Items.Count == 0)
                return;
        }
    }

    private async Task ReadReportsAsync(GatewayProcess gateway)
    {
        while (true)
        {
            double from = History.Now;
            ReportPage page = await GetAsync(gateway, $"/v1/reports?after={_reports}&max=1000", RestanteJson.Plain.ReportPage);
            foreach (ReportView report in page.Items)
            {
                (string sender, string key) = Mark.Read(HttpsLetter.Read(report).Body);
                Add(new Entry
                {
                    Act = Act.ReportStored,
                    From = from,
                    To = 0,
                    Device = report.Device,
                    Word = sender,
                    Key = key,
                    Id = Number(report.Command),
                    Number = report.Number,
                });
            }

            _reports = page.Next;
            if (page.Items.Count == 0)
                return;
        }
    }

    private async Task ReadDeliveriesAsync(GatewayProcess gateway, string key, long id)
    {
        double from = History.Now;
        string path = $"/v1/notifications/{id}/devices?max=1000";
        NotificationDevicePage page = await GetAsync(gateway, path, RestanteJson.Plain.NotificationDevicePage);
        foreach (NotificationDeviceView device in page.Items)
        {
            Add(new Entry
            {
                Act = Act.Outcome,
                From = from,
                To = 0,
                Device = device.Device,
                Key = key,
                Id = id,
                Word = device.Outcome,
                Number = device.DeliveryCount,
            });
        }
    }

    private async Task LookAtShelfAsync(GatewayProcess gateway, string device)
    {
        string? after = null;
        do
        {
            double from = History.Now;
            string path = $"/v1/devices/{device}/dead-letters?max=1000{(after is null ? string.Empty : "&after=" + after)}";
            DeadLetterPage page = await GetAsync(gateway, path, RestanteJson.Plain.DeadLetterPage);
            foreach (DeadLetterView letter in page.Items)
            {
                Add(new Entry
                {
                    Act = Act.Shelved,
                    From = from,
                    To = 0,
                    Device = device,
                    Key = Mark.Read(HttpsLetter.Read(letter).Body).Key,
                    Id = Number(letter.Id),
                    Kind = letter.Kind,
                    Word = letter.Outcome,
                    Number = letter.DeliveryCount,
                });
            }

            after = page.Next;
        }
        while (after is not null);
    }

    private async Task ReadStateAsync(GatewayProcess gateway, string device)
    {
        double from = History.Now;
        using JsonDocument state = JsonDocument.Parse(await gateway.Http.GetStringAsync($"/v1/devices/{device}/state"));
        foreach ((Act act, string part) in new[] { (Act.Reported, "reported"), (Act.Desired, "desired") })
        {
            JsonElement content = state.RootElement.GetProperty(part).GetProperty("content");
            long number = content.TryGetProperty("n", out JsonElement n) ? n.GetInt64() : 0;
            Add(new Entry { Act = Act.StateSeen, From = from, To = 0, Device = device, Word = act.ToString(), Number = number });
        }
    }

    private void Add(Entry entry) => history.Add(entry with { To = History.Now });

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static async Task<T> GetAsync<T>(GatewayProcess gateway, string path, JsonTypeInfo<T> type)
    {
        using HttpResponseMessage answer = await gateway.Http.GetAsync(path);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return JsonSerializer.Deserialize(text, type)!;
    }
}
