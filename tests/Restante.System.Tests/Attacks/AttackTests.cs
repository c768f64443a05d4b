using System.Globalization;
using Restante.System.Tests.Abuse;
using Restante.System.Tests.Processes;
using Xunit.Abstractions;

namespace Restante.System.Tests.Attacks;

/// <summary>
/// Good clients go on while somebody attacks, and the gateway's memory stays bounded. A moment of each attack here; <c>eng/attack</c>
/// measures, in turn without and with each, how much longer the good ones wait.
/// </summary>
public sealed class AttackTests(ITestOutputHelper output)
{
    private const long AllowedGrowthBytes = 384L * 1024 * 1024;

    [Fact]
    public async Task Under_each_attack_the_good_are_served_and_memory_stays_bounded()
    {
        bool measures = Environment.GetEnvironmentVariable("RESTANTE_ATTACK_SECONDS") is not null;
        TimeSpan each = TimeSpan.FromSeconds(Setting("RESTANTE_ATTACK_SECONDS", 0.2));
        int rounds = (int)Setting("RESTANTE_ATTACK_ROUNDS", 1);
        string only = Environment.GetEnvironmentVariable("RESTANTE_ATTACK_ONLY") ?? "";
        await using GatewayProcess gateway = await GatewayProcess.StartAsync("--set", "Log:Level=Warning");
        AttackTarget target = await AttackTarget.OfAsync(gateway);
        await using GoodClient good = await GoodClient.StartAsync(gateway);
        if (measures)
            await good.WorkAsync(TimeSpan.FromSeconds(15)); // Until the just-in-time compilers of both are done.
        else
            await good.WorkAsync(each);
        List<(Attack Attack, AttackFinding Finding)> all =
            [.. AttackList.All.Where(a => a.Name.Contains(only, StringComparison.Ordinal)).Select(static a => (a, new AttackFinding(a.Name)))];
        long first = Witness.Resident(gateway);
        for (int round = 0; round < rounds; round++)
        {
            foreach ((Attack attack, AttackFinding finding) in all)
            {
                Waits quiet = await good.WorkAsync(each);
                long before = Witness.Resident(gateway);
                (Waits under, long most, long blows) = await UnderAsync(gateway, good, target, attack, each);
                await good.WorkAsync(each); // What the attack has left behind is over.
                finding.Add(quiet, under, blows / each.TotalSeconds, before, most, Witness.Resident(gateway));
                Assert.True(blows > 0, $"There was no attack '{attack.Name}'.");
                Assert.True(most - first < AllowedGrowthBytes, $"'{attack.Name}': memory grew by {(most - first) / 1024 / 1024} MiB.");
            }
        }

        Assert.DoesNotContain("fail:", gateway.Output, StringComparison.Ordinal);
        foreach (string line in AttackFinding.Table(all.Select(static a => a.Finding)))
        {
            output.WriteLine(line);
            if (measures)
                Console.WriteLine(line);
        }
    }

    // Memory is looked at all the time, as it may be given back before the end.
    private static async Task<(Waits Waits, long MostBytes, long Blows)> UnderAsync(
        GatewayProcess gateway, GoodClient good, AttackTarget target, Attack attack, TimeSpan each)
    {
        Waits waits = null!;
        long most = 0;
        long blows = await AttackProgram.DuringAsync(attack, target, async () =>
        {
            using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            Task<Waits> working = Task.Run(() => good.WorkAsync(each));
            do
                most = Math.Max(most, Witness.Resident(gateway));
            while (!working.IsCompleted && await looks.WaitForNextTickAsync());
            waits = await working;
            most = Math.Max(most, Witness.Resident(gateway));
        });
        return (waits, most, blows);
    }

    private static double Setting(string name, double usual) =>
        double.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out double given) ? given : usual;
}
