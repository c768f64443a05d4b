using Restante.Core.Refusals;
using Restante.System.Tests.Abuse;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>
/// The cases of the table that need a store that takes nothing: the disk is full, on every protocol at once, and then has room again.
/// </summary>
public sealed class UnavailableTests
{
    [NeedsSmallDisk]
    public async Task A_store_that_takes_nothing_looks_as_documented_on_every_protocol()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(
            "--set", "Streams:SegmentBytes=1048576", "--set", "Streams:Partitions=2", "--set", "Store:CheckpointBytes=262144",
            "--set", "Mailboxes:MaxDepth=100000", "--set", "Mailboxes:MaxBytes=1000000000",
            "--set", "Limits:MaxOpenInquiriesPerDevice=1000", "--set", "Log:Level=Warning");
        Scene.PolicyKeys keys = await Scene.CreatePoliciesAsync(gateway);
        await gateway.StopAsync();
        await using SmallDisk disk = await SmallDisk.MountAsync(gateway.Data, megabytes: 64);
        await gateway.StartProcessAsync();
        try
        {
            await RunAsync(gateway, keys, disk);
        }
        finally
        {
            await gateway.KillAsync();
        }
    }

    private static async Task RunAsync(GatewayProcess gateway, Scene.PolicyKeys keys, SmallDisk disk)
    {
        RefusalCase[] cases = [.. RefusalTable.All.Where(static c => c.Kind == RefusalKind.Unavailable && c.ProvokeAsync is not null)];
        List<Scene> scenes = [];
        foreach (RefusalCase _ in cases)
            scenes.Add(await Scene.StartAsync(gateway, keys));
        disk.Fill();
        List<ISide> sides = [];
        foreach ((RefusalCase expected, Scene scene) in cases.Zip(scenes))
        {
            Refused refused = await expected.ProvokeAsync!(scene);
            RefusalTests.AssertAnswer(expected, refused);
            sides.Add(refused.Side);
        }

        disk.Free();
        foreach (ISide side in sides)
        {
            using var patience = new CancellationTokenSource(Wire.Patience);
            while (!await side.WorksAsync())
                patience.Token.ThrowIfCancellationRequested();
            await side.DisposeAsync();
        }

        foreach (Scene scene in scenes)
            await scene.DisposeAsync();
    }
}
