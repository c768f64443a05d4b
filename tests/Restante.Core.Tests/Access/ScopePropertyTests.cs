using System.Globalization;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Feeds;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Outcomes;
using Restante.Core.Reports;
using Restante.Core.Selection;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Access;

/// <summary>
/// Random devices do random things, change and go; whatever a reader with a random audience is handed, wherever, is of a device that
/// belongs to the audience at that moment, and everything of those that belonged to it all the time arrives.
/// </summary>
public sealed class ScopePropertyTests
{
    private static readonly string[] s_cities = ["Oslo", "Bergen", "Bodø"];
    private static readonly string[] s_groups = ["buses", "trams"];

    private static readonly string[] s_audiences =
    [
        "tags.city = 'Oslo'", "groups has 'buses'", "id like 'd1%'", "not (tags.city = 'Oslo')", "tags.city in ('Oslo', 'Bodø') and groups has 'trams'",
        "tags.line > 3", "tags.city = 'Oslo' or groups has 'buses'", "id is null",
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Nothing_of_a_device_outside_reaches_a_reader(int seed)
    {
        var random = new Random(seed);
        await using var test = new TestGateway(streams: new StreamLimits { Partitions = 2 });
        ServicePrincipal reader = ScopeTests.Of(s_audiences[random.Next(s_audiences.Length)], ["g"]);
        var walk = new Walk(test, reader, random);
        for (int i = 0; i < 150; i++)
        {
            await walk.StepAsync();
            test.Time.Advance(1);
        }

        await walk.ReadAllAsync();
        walk.CheckNothingIsMissing();
    }

    private sealed class Walk(TestGateway test, ServicePrincipal reader, Random random)
    {
        private readonly AudienceQuery _audience = reader.Scope!.Audience!;
        private readonly Dictionary<string, DeviceRecord> _devices = [];
        private readonly HashSet<string> _moved = [];
        private readonly List<(string Device, string Body)> _published = [];
        private readonly HashSet<string> _streamed = [];
        private readonly HashSet<string> _grouped = [];
        private readonly long[] _next = [1, 1];
        private long _nextEvent = 1;
        private long _afterOutcome;
        private long _afterReport;
        private GroupMembership? _member;
        private int _bodies;

        private Gateway Gateway => test.Gateway;

        public Task StepAsync() => random.Next(10) switch
        {
            0 or 1 => CreateAsync(),
            2 => ChangeAsync(),
            3 => random.Next(4) == 0 ? RemoveAsync() : Task.CompletedTask,
            4 or 5 => PublishAsync(),
            6 => CommandAsync(),
            7 => AskAsync(),
            _ => ReadAllAsync(),
        };

        public async Task ReadAllAsync()
        {
            await ReadStreamsAsync();
            await ReadGroupAsync();
            await ReadFeedsAsync();
            foreach (DeviceRecord listed in Ok(await Gateway.Devices.For(reader).ListAsync(null, 1_000)))
                Inside(listed.Id.Value);
        }

        // Of devices that belonged to the audience from the beginning, and whose facts never changed.
        public void CheckNothingIsMissing()
        {
            foreach ((string device, string body) in _published.Where(p => !_moved.Contains(p.Device) && IsInside(p.Device)))
            {
                Assert.Contains(body, _streamed);
                Assert.Contains(body, _grouped);
            }
        }

        private bool IsInside(string device) => _devices.TryGetValue(device, out DeviceRecord? record) && _audience.Matches(record);

        private void Inside(string device) => Assert.True(IsInside(device), $"{device} is outside {_audience}");

        private async Task CreateAsync()
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"d{random.Next(20)}");
            if (_devices.ContainsKey(id))
                return;
            _devices[id] = Ok(await Gateway.Devices.CreateAsync(id, tags: Tags(), groups: Groups()));
        }

        private async Task ChangeAsync()
        {
            if (Any() is not DeviceRecord device)
                return;
            _moved.Add(device.Id.Value);
            var update = new DeviceUpdate { Tags = Tags(), Groups = Groups() };
            _devices[device.Id.Value] = Ok(await Gateway.Devices.ChangeAsync(device.Id.Value, update));
        }

        private async Task RemoveAsync()
        {
            if (Any() is not DeviceRecord device)
                return;
            _moved.Add(device.Id.Value);
            Ok(await Gateway.Devices.RemoveAsync(device.Id.Value));
            _devices.Remove(device.Id.Value);
        }

        private async Task PublishAsync()
        {
            if (Any() is not DeviceRecord device)
                return;
            string body = string.Create(CultureInfo.InvariantCulture, $"b{_bodies++}");
            _published.Add((device.Id.Value, body));
            Ok(await Gateway.Telemetry.PublishAsync(Principal(device), null, Content(body)));
        }

        private async Task CommandAsync()
        {
            if (Any() is not DeviceRecord device)
                return;
            bool isIn = IsInside(device.Id.Value);
            Assert.Equal(isIn, (await Gateway.Mailboxes.SendCommandAsync(reader, device.Id.Value, Content("x"))).IsSuccess);
            Sequence sent = await test.SendAsync(device.Id.Value, "x");
            Assert.Equal(isIn, (await Gateway.Mailboxes.FindWaitingAsync(reader, sent)).IsSuccess);
            Assert.Equal(isIn, (await Gateway.Explainer.ExplainAsync(reader, sent, null)).IsSuccess);
            Ok(await Gateway.Reports.ReportAsync(Principal(device), sent, Content("r"), isFinal: false));
            Assert.Equal(isIn, (await Gateway.Reports.ReadAsync(reader, sent, 1, 10)).IsSuccess);
            Assert.Equal(isIn, (await Gateway.Mailboxes.CancelAsync(reader, sent)).IsSuccess);
            if (!isIn)
                Ok(await Gateway.Mailboxes.CancelAsync(sent, "test"));
        }

        private async Task AskAsync()
        {
            if (Any() is not DeviceRecord device)
                return;
            await Gateway.Inquiries.AskAsync(Principal(device), "s", null, Content("?"), test.NowMs + 1_000, onlyIfHandled: false);
            using InquiryHandler handler = Ok(Gateway.Inquiries.Attach(reader, "s"));
            foreach (TakenInquiry taken in Ok(await handler.TakeAsync(10, 10_000)))
            {
                Inside(taken.Device.Value);
                Ok(await Gateway.Inquiries.AnswerAsync(reader, taken.Number, Content("!"), isFinal: true));
            }
        }

        private async Task ReadStreamsAsync()
        {
            for (int partition = 0; partition < _next.Length; partition++)
            {
                StreamBatch batch = Ok(await Gateway.Telemetry.ReadAsync(reader, StreamId.Telemetry(partition), _next[partition], 1 + random.Next(8), 10_000));
                _next[partition] = batch.NextSequenceNumber;
                foreach (StreamRecord record in batch.Records)
                {
                    Inside(record.Source);
                    _streamed.Add(Text(record.Content));
                }

                if (batch.Records.Count > 0)
                    partition--;
            }

            StreamBatch events = Ok(await Gateway.Telemetry.ReadAsync(reader, StreamId.Events, _nextEvent, 1_000, 100_000));
            _nextEvent = events.NextSequenceNumber;
            foreach (StreamRecord record in events.Records)
                Inside(record.Source);
        }

        private async Task ReadGroupAsync()
        {
            _member ??= Ok(await Gateway.Groups.JoinAsync(reader, "g", "r", StreamStart.Earliest));
            for (IReadOnlyList<GroupRecord>? records = null; records is not { Count: 0 };)
            {
                records = Ok(await _member.ReadAsync(1 + random.Next(8), 10_000));
                foreach (GroupRecord record in records)
                {
                    Inside(record.Record.Source);
                    if (random.Next(5) == 0)
                    {
                        _member.Release(record);
                        continue;
                    }

                    _grouped.Add(Text(record.Record.Content));
                    _member.Accept(record);
                }
            }

            Ok(await _member.FlushAsync());
            Assert.All(Ok(await Gateway.Groups.FindAsync("g")).Partitions, p => Assert.Equal(0, p.Behind));
        }

        private async Task ReadFeedsAsync()
        {
            OutcomeBatch outcomes = Ok(await Gateway.Outcomes.ReadAsync(reader, _afterOutcome, 1_000));
            _afterOutcome = outcomes.Next ?? _afterOutcome;
            foreach (OutcomeRecord outcome in outcomes.Outcomes)
                Own(outcome);
            ReportBatch reports = Ok(await Gateway.Reports.ReadFeedAsync(reader, _afterReport, 1_000));
            _afterReport = reports.Next ?? _afterReport;
            foreach (ReportRecord report in reports.Reports)
                Inside(report.Device.Value);
            FeedReader<OutcomeRecord> own = Gateway.Outcomes.Reader(OutcomeFeed.ReaderOf("p"));
            for (IReadOnlyList<TakenItem<OutcomeRecord>>? taken = null; taken is not { Count: 0 };)
            {
                taken = Ok(await own.TakeAsync(reader, 1 + random.Next(8)));
                foreach (TakenItem<OutcomeRecord> item in taken)
                {
                    Own(item.Item);
                    if (random.Next(5) == 0)
                        own.Release(item);
                    else
                        Ok(await own.AcceptAsync(item));
                }
            }
        }

        // Of devices that are no more, a service is told of the messages that it sent itself.
        private void Own(OutcomeRecord outcome)
        {
            bool isThere = _devices.TryGetValue(outcome.Device.Value, out DeviceRecord? device) && device.Number == outcome.DeviceNumber;
            Assert.True(isThere ? _audience.Matches(device!) : outcome.Sender == reader.Name, $"{outcome.Device} is outside {_audience}");
        }

        private DeviceRecord? Any() => _devices.Count == 0 ? null : _devices.Values.ElementAt(random.Next(_devices.Count));

        private string Tags() => string.Create(
            CultureInfo.InvariantCulture, $$"""{"city":"{{s_cities[random.Next(s_cities.Length)]}}","line":{{random.Next(8)}}}""");

        private string[] Groups() => [.. s_groups.Where(_ => random.Next(2) == 0)];
    }
}
