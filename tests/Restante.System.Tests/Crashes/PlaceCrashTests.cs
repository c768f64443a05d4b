using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Crashes;

/// <summary>
/// kill -9 of the real process while a device reports its state, a service wishes for another, and the reader of a consumer group takes
/// telemetry. What was acknowledged of a state stands; what a group has confirmed does not come to it again, and everything else does.
/// </summary>
public sealed class PlaceCrashTests
{
    private const int Rounds = 4;

    [Fact]
    public async Task Killed_it_keeps_states_and_how_far_a_group_has_come()
    {
        var random = new Random(4713);
        await using GatewayProcess gateway = await GatewayProcess.StartAsync();
        string key = await gateway.CreateDeviceAsync(PlaceDevice.Id);
        var device = new PlaceDevice(gateway, key);
        var group = new PlaceGroup(gateway);
        for (int round = 0; round < Rounds; round++)
        {
            using var killed = new CancellationTokenSource();
            List<Task> load =
            [
                device.ReportAsync(killed.Token), device.WishAsync(killed.Token), device.SendAsync(killed.Token), group.ReadAsync(killed.Token),
            ];

            // The instant is random by how much work was acknowledged, not by a clock.
            await device.Progress(random.Next(20, 120)).WaitAsync(TimeSpan.FromSeconds(60));
            await gateway.KillAsync();
            await killed.CancelAsync();
            await Task.WhenAll(load);
            await gateway.StartProcessAsync();
            await device.AssertStateAsync();
        }

        using var done = new CancellationTokenSource();
        Task rest = group.ReadAsync(done.Token);
        await group.HasSeen(device.Telemetry).WaitAsync(TimeSpan.FromSeconds(60));
        await done.CancelAsync();
        await rest;
        Assert.True(device.Telemetry.Count > Rounds * 4, "The load was too small to prove anything.");
        Assert.Empty(group.Repeated);
        Assert.Equal(group.Bodies.Order(), group.Bodies);
        Assert.Empty(device.Telemetry.Except(group.Bodies));
    }
}
