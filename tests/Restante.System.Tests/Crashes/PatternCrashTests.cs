using System.Globalization;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Crashes;

/// <summary>
/// kill -9 of the real process while commands, reports, inquiries, answers and notifications are under way. Nothing acknowledged may
/// be lost, what a device has settled does not come to it again, numbers have no gaps, and order is kept. RESTANTE_CRASH_ROUNDS sets
/// how often.
/// </summary>
public sealed class PatternCrashTests
{
    private const int Devices = 4;
    private const int UsualRounds = 4;

    private static readonly string[] s_answers = ["1", "2!"];

    private static readonly int s_rounds = Setting("RESTANTE_CRASH_ROUNDS", UsualRounds);

    [Fact]
    public async Task Killed_in_every_pattern_it_keeps_its_promises()
    {
        var random = new Random(Setting("RESTANTE_SEED", 4712));
        await using GatewayProcess gateway = await GatewayProcess.StartAsync("--set", "Mailboxes:MaxActiveNotifications=100000");
        await using var network = new NetworkHost();
        List<PatternRecord> records = [.. Enumerable.Range(0, Devices).Select(i => new PatternRecord($"pattern-{i}"))];
        var ledger = new PatternLedger(records);
        List<IPatternDevice> fleet = [];
        foreach (PatternRecord record in records)
        {
            string key = await gateway.CreateDeviceAsync(record.Id);
            fleet.Add(fleet.Count % 2 == 0 ? new PatternAmqpDevice(record, key) : new PatternHttpDevice(record, key));
        }

        var service = new PatternService(ledger);
        var handler = new PatternHandler(ledger);
        List<Task> Load(bool isAll, CancellationToken killed)
        {
            List<Task> load =
            [
                service.WatchOutcomesAsync(gateway, network, killed),
                service.WatchReportsAsync(gateway, network, killed),
                handler.LiveAsync(gateway, network, killed),
                .. fleet.Select(device => device.LiveAsync(gateway, network, ledger, isAll, killed)),
            ];
            if (isAll)
                load.Add(service.SendAsync(gateway, network, killed));
            return load;
        }

        for (int round = 0; round < s_rounds; round++)
        {
            using var killed = new CancellationTokenSource();
            List<Task> load = Load(isAll: true, killed.Token);

            // The instant is random by how much work was acknowledged, not by a clock.
            await ledger.Progress(random.Next(20, 500)).WaitAsync(TimeSpan.FromSeconds(60));
            await gateway.KillAsync();
            await killed.CancelAsync();
            await Task.WhenAll(load);
            await gateway.StartProcessAsync();
        }

        using var done = new CancellationTokenSource();
        List<Task> rest = Load(isAll: false, done.Token);
        await PatternEnds.ArrivedAsync(gateway, ledger);
        await done.CancelAsync();
        await Task.WhenAll(rest);

        Assert.True(ledger.Commands.Count > s_rounds * 4, "The load was too small to prove anything.");
        Assert.NotEmpty(ledger.Notifications);
        Assert.NotEmpty(ledger.Asked);
        Assert.Empty(ledger.Unexpected);
        Assert.Empty(records.SelectMany(r => r.Repeated));
        Assert.All(records, r => Assert.Equal(r.Order.Order(), r.Order));
        Assert.All(ledger.Asked, asked => Assert.Equal(s_answers, asked.Value.AnswersTo(asked.Key)));
        await PatternEnds.OneOutcomeEachAsync(gateway, ledger);
        await PatternEnds.ReportsWithoutGapAsync(gateway, ledger);
        await PatternEnds.EveryNotificationSettledAsync(gateway, ledger);
    }

    private static int Setting(string name, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int given) ? given : usual;
}
