using System.Globalization;
using System.Text;
using Restante.Core;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.History;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Notifications;
using Restante.Core.Refusals;
using Restante.Core.Reports;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Peers;

namespace Restante.Simulation.Tests.Worlds;

/// <summary>The end of a world: nothing fails any more, everything is delivered, and the books are compared.</summary>
internal sealed class Settling(World world, Operator @operator)
{
    private const long PatienceMs = 600_000;

    private bool _isEmpty;
    private bool _isCompared;

    public void Run()
    {
        world.Heal();
        Expect("the gateway runs", () => world.Run is not null && !world.IsStopping);
        Wait(2_000); // What was begun meanwhile.
        @operator.Restore();
        Wait(5_000);
        foreach (Device device in world.Devices)
            world.Life.Run(device.StartAfresh);
        world.Life.Run(world.Services.StartAfresh);
        Expect("all devices are connected", () => Array.TrueForAll(world.Devices, static d => d.Ready is not null));
        Wait(5_000);
        Expect("all mail is delivered", AllIsDelivered);
        Expect("all telemetry is read", world.Services.HasReadAll);
        world.Kill();
        Expect("the gateway runs again", () => world.Run is not null);
        world.Call(CompareAsync);
        Expect("the books are compared", () => _isCompared);
        world.Ledger.Close();
    }

    private void Wait(long ms) => world.RunUntil(world.Timeline.NowMs + ms);

    private void Expect(string what, Func<bool> holds)
    {
        long until = world.Timeline.NowMs + PatienceMs;
        while (!holds())
        {
            if (world.Timeline.NowMs >= until)
                world.Ledger.Fail($"{PatienceMs / 60_000} minutes without trouble, and it is still not so that {what}. [nothing lost]");
            Wait(1_000);
        }
    }

    private bool AllIsDelivered()
    {
        if (!_isEmpty)
            world.Call(LookAsync);
        return _isEmpty;
    }

    private async Task LookAsync(Gateway gateway)
    {
        bool isEmpty = true;
        foreach (Device device in world.Devices)
        {
            Result<DeviceRecord> record = await gateway.Devices.FindAsync(device.Id);
            MailboxInfo info = (await gateway.Mailboxes.GetInfoAsync(record.Value!)).Value;
            Result<IReadOnlyList<BrowsedMessage>> waiting = await gateway.Mailboxes.BrowseAsync(record.Value!, default, 10);
            isEmpty &= info.Messages == 0 && waiting.Value is { Count: 0 };
        }

        _isEmpty = isEmpty;
    }

    private async Task CompareAsync(Gateway gateway)
    {
        await world.Services.ReadOutcomesAsync(gateway);
        await CompareStreamsAsync(gateway);
        await CompareReportsAsync(gateway);
        await CompareEnrolmentsAsync(gateway);
        await world.Scoped.CompareAsync(gateway);
        foreach (Message message in world.Ledger.Messages.Where(static m => m is { IsCommand: true, Sequence: not null }))
            await CompareExplanationAsync(gateway, message);
        foreach (Message message in world.Ledger.Messages.Where(world.Ledger.MayBeMissed))
            await CompareMissedAsync(gateway, message);
        _isCompared = true;
    }

    private static async Task CompareMissedAsync(Gateway gateway, Message message)
    {
        if (message is not { IsNotification: true, Sequence: long place })
            return;
        IReadOnlyList<NotificationDevice> settled =
            (await gateway.Notifications.ListDevicesAsync(new Sequence(place), default, 1_000)).Value!;
        message.IsUndeliverable = settled.Any(s => s.Device.Value == message.Device && s.Outcome == Outcome.Undeliverable);
    }

    private async Task CompareExplanationAsync(Gateway gateway, Message message)
    {
        Result<Explanation> explained = await gateway.Explainer.ExplainAsync(new Sequence(message.Sequence!.Value));
        string? sentence = explained.Value?.Sentence ?? explained.Refusal?.Message;
        if (!explained.IsSuccess || explained.Value.Sentence.Length == 0 || explained.Value.Outcome != message.Outcome?.Outcome)
            world.Ledger.Fail($"{message}, {message.Outcome?.Outcome}, is explained by '{sentence}'. [explained]");
    }

    private async Task CompareStreamsAsync(Gateway gateway)
    {
        Dictionary<string, long> places = [];
        for (int partition = 0; partition < gateway.Telemetry.Partitions; partition++)
        {
            for (long next = 1; ;)
            {
                Result<StreamBatch> batch = await gateway.Telemetry.ReadAsync(StreamId.Telemetry(partition), next, 100, 1_000_000);
                foreach (StreamRecord record in batch.Value!.Records)
                {
                    if (record.SequenceNumber != next++)
                        world.Ledger.Fail($"Record {record.SequenceNumber} of partition {partition} follows {next - 2}. [order]");
                    string id = Encoding.UTF8.GetString(MessageContent.Decode(record.Content).Body.Span);
                    Publication? sent = world.Publications.Find(p => p.Id == id);
                    if (sent is null || sent.Device != record.Source || sent.Kind != PublicationKind.Telemetry)
                        world.Ledger.Fail($"Telemetry '{id}' of {record.Source} was not sent by it. [identity]");
                    places.TryAdd(id, next);
                }

                if (batch.Value.Records.Count == 0)
                    break;
            }
        }

        CompareTelemetry(places);
    }

    private void CompareTelemetry(Dictionary<string, long> places)
    {
        Publication[] telemetry = [.. world.Publications.Where(static p => p.Kind == PublicationKind.Telemetry)];
        foreach (IGrouping<string?, Publication> connection in telemetry.GroupBy(static p => p.Connection))
        {
            long last = 0;
            foreach (Publication sent in connection.OrderBy(static p => p.Place))
            {
                bool isThere = places.TryGetValue(sent.Id, out long place);
                if (sent.IsAcknowledged && !isThere)
                    world.Ledger.Fail($"Telemetry {sent.Id} was taken and is not there. [nothing lost]");
                if (!isThere)
                    continue;
                if (place < last)
                    world.Ledger.Fail($"Telemetry {sent.Id} stands before what was sent before it. [order]");
                last = place;
            }
        }
    }

    private async Task CompareReportsAsync(Gateway gateway)
    {
        foreach (Publication report in world.Publications.Where(static p => p is { Kind: PublicationKind.Report, IsAcknowledged: true }))
        {
            var command = new Sequence(long.Parse(report.Command!, CultureInfo.InvariantCulture));
            Result<IReadOnlyList<ReportRecord>> found = await gateway.Reports.ReadAsync(command, report.Number, 1);
            if (found.Value is not [{ } record] || record.Number != report.Number || record.Device.Value != report.Device)
                world.Ledger.Fail($"Report {report.Id}, number {report.Number} on {command}, was taken and is not there. [nothing lost]");
        }
    }

    // Each device that enrolled stands in the ledger of the gateway as what it is now, and no claim made two.
    private async Task CompareEnrolmentsAsync(Gateway gateway)
    {
        IReadOnlyList<EnrolledDevice> entries = (await gateway.Enrolled.ListAsync(null, null, EnrolmentLedger.MaxPage)).Value!;
        foreach (Device device in world.Devices.Where(static d => d.Enrols is not null))
        {
            DeviceRecord record = (await gateway.Devices.FindAsync(device.Id)).Value!;
            EnrolledDevice? entry = entries.FirstOrDefault(e => e.Id == record.Id);
            bool isSame = entry is not null && entry.Number == record.Number && entry.Kind == device.Enrols;
            if (!isSame || (entry!.Claim is null) == (entry.Kind == EnrolmentKind.Claim))
                world.Ledger.Fail($"{device.Id} enrolled and is not in the ledger as what it is. [once]");
        }

        foreach (EnrolmentGroup group in (await gateway.Enrolments.ListAsync()).Value!)
        {
            EnrolledDevice[] own = [.. entries.Where(e => e.Group == group.Number)];
            int claims = (await gateway.Claims.ListAsync(group.Name, null, EnrolmentClaims.MaxPage)).Value!.Count;
            int used = own.Select(static e => e.Claim).OfType<ClaimHash>().Distinct().Count();
            if (group.Enrolled != own.Length || group.OpenClaims != claims || (group.Kind == EnrolmentKind.Claim && used != own.Length))
            {
                string counted = $"counts {group.Enrolled} devices and {group.OpenClaims} claims";
                world.Ledger.Fail($"{group} {counted}; there are {own.Length}, by {used} claims, and {claims}. [once]");
            }
        }
    }
}
