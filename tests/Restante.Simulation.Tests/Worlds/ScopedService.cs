using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Notifications;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Network;
using Restante.Simulation.Tests.Peers;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Worlds;

/// <summary>
/// A service whose policy reaches the devices of some zones only, and who moves them, and the scope. It tries everything with every device;
/// what concerns one outside it must neither learn nor do.
/// </summary>
internal sealed class ScopedService(World world, Dice dice)
{
    public const string Policy = "scoped";

    /// <summary>How long it may take until who is outside is out.</summary>
    private const long ScopeMs = 1_000;

    private const Rights Allowed = Rights.Send | Rights.RegistryRead | Rights.RegistryWrite | Rights.TelemetryRead | Rights.InquiryAnswer;

    private static readonly string[] s_zones = ["a", "b"];
    private static readonly string[] s_scopes = ["a", "b", "ab"];

    private readonly SymmetricKey _key = SymmetricKey.FromBytes(dice.Bytes(SymmetricKey.LengthBytes));
    private ScopedServicePeer? _peer;
    private int? _changesScopeIn;

    private Reach Reach => world.Ledger.Reach;

    /// <summary>The tags of a device in a zone.</summary>
    public static string TagsOf(string zone) => $$"""{"zone":"{{zone}}"}""";

    /// <summary>Makes the policy, before anything can fail.</summary>
    public async Task SetUpAsync(Gateway gateway)
    {
        Result<PolicyRecord> policy = await gateway.Policies.CreateAsync(Policy, Allowed, _key, ScopeOf("a"));
        if (!policy.IsSuccess)
            throw Ledger.Broken("This must not fail: the policy with a scope.");
        Reach.ScopeIs("a");
    }

    /// <summary>Connects it, unless it is.</summary>
    public void Connect() => TryConnect();

    /// <summary>Sends a command on its connection.</summary>
    public void Send(Device device)
    {
        if (!TryConnect())
            return;
        Message message = world.Services.NewMessage("c", device, dice.Between(60_000, 86_400_000));
        message.IsScoped = true;
        world.Timeline.Note($"{_peer!.Wire.Name} sends {message.Id} to {device.Id}");
        _peer.Send(message);
    }

    /// <summary>The gateway said what it made of a command.</summary>
    public void Answered(Message message, long sentMs, Mark at, bool isTaken, bool isRefused)
    {
        if (isTaken)
            Require(message.Device, sentMs, at.NowMs, $"{message} was taken");
        world.Services.Answered(message, isTaken, isRefused);
    }

    /// <summary>The gateway sent something about a device.</summary>
    public void Told(ScopedServicePeer peer, Mark at, string feed, string device, string? message)
    {
        // What became of its own command it is told even when the device is no more.
        if (message is not null && world.Ledger.Find(message) is { IsScoped: true, MayBeRemoved: true })
            return;
        Require(device, at.NowMs - ScopeMs, at.NowMs, $"{peer.Wire.Name} was told of it by '{feed}'");
    }

    /// <summary>Gives the policy another scope.</summary>
    public void ChangeScope()
    {
        if (_changesScopeIn == world.Ends)
            return;
        _changesScopeIn = world.Ends;
        string zones = dice.Pick(s_scopes);
        world.Call(async gateway =>
        {
            Reach.ScopeMayBe(zones);
            Result<PolicyRecord> changed = await gateway.Policies.SetScopeAsync(Policy, ScopeOf(zones));
            world.Timeline.Note($"the scope is {(changed.IsSuccess ? "now" : "perhaps")} {zones}");
            _changesScopeIn = null;
            if (changed.IsSuccess)
                Reach.ScopeIs(zones);
        });
    }

    /// <summary>An operator moves a device to another zone.</summary>
    public void Move(Device device) => Move(device, (gateway, update) => gateway.Devices.ChangeAsync(device.Id, update));

    /// <summary>Tries what a service can do, with a device that may be outside.</summary>
    public void Try(Device device)
    {
        switch (dice.Below(5))
        {
            case 0:
                world.Call(ListAsync);
                break;
            case 1:
                long began = world.Timeline.NowMs;
                Move(device, async (gateway, update) =>
                {
                    Result<DeviceRecord> changed = await gateway.Devices.For(await WhoAsync(gateway)).ChangeAsync(device.Id, update);
                    if (changed.IsSuccess)
                        Require(device.Id, began, world.Timeline.NowMs, "it was moved");
                    return changed;
                });
                break;
            case 2:
                Cancel(device);
                break;
            case 3:
                world.Call(gateway => LookAsync(gateway, device));
                break;
            default:
                Notify();
                break;
        }
    }

    /// <summary>In the end: of all outcomes it is shown those of devices that it reaches, and of its own commands.</summary>
    public async Task CompareAsync(Gateway gateway)
    {
        ServicePrincipal who = await WhoAsync(gateway);
        IReadOnlyList<DeviceRecord> listed = (await gateway.Devices.ListAsync(null, 1_000)).Value!;
        Dictionary<string, DeviceRecord> devices = listed.ToDictionary(static d => d.Id.Value);
        OutcomeBatch all = (await gateway.Outcomes.ReadAsync(0, 1_000)).Value!;
        OutcomeBatch shown = (await gateway.Outcomes.ReadAsync(who, 0, 1_000)).Value!;
        foreach (OutcomeRecord outcome in all.Outcomes)
        {
            bool isThere = devices.TryGetValue(outcome.Device.Value, out DeviceRecord? device) && device.Number == outcome.DeviceNumber;
            bool isFor = isThere ? who.Reaches(device!) : outcome.Sender == Policy;
            if (isFor != shown.Outcomes.Any(o => o.Number == outcome.Number))
                world.Ledger.Fail($"Outcome {outcome.Number} of {outcome.Device} is {(isFor ? "not " : "")}shown. [scope]");
        }
    }

    private static PolicyScope ScopeOf(string zones) =>
        PolicyScope.Create($"tags.zone in ({string.Join(", ", zones.Select(static z => $"'{z}'"))})", groups: [Policy]).Value!;

    private static async Task<ServicePrincipal> WhoAsync(Gateway gateway)
    {
        Result<PolicyRecord> policy = await gateway.Policies.FindAsync(Policy);
        return new ServicePrincipal(Policy, Allowed, CredentialSlot.Primary, long.MaxValue) { Scope = policy.Value!.Scope };
    }

    private bool TryConnect()
    {
        if (_peer is { IsGone: false })
            return true;
        if (world.Dial(Policy, isAmqp: true) is not Wire wire)
            return false;
        _peer = new ScopedServicePeer(world.Life, wire, this, dice.Split(), _key);
        return true;
    }

    private void Require(string device, long fromMs, long toMs, string what)
    {
        if (!Reach.MayReach(device, fromMs, toMs))
            world.Ledger.Fail($"{device} was outside the scope from {fromMs} to {toMs}, and {what}. [scope]");
    }

    private void Move(Device device, Func<Gateway, DeviceUpdate, ValueTask<Result<DeviceRecord>>> change)
    {
        if (!device.Exists || device.IsBeingRemoved || device.MovesIn == world.Ends)
            return;
        string zone = dice.Pick(s_zones);
        int generation = device.Generation;
        device.MovesIn = world.Ends;
        world.Call(async gateway =>
        {
            Reach.DeviceMayBe(device.Id, zone);
            Result<DeviceRecord> changed = await change(gateway, new DeviceUpdate { Tags = TagsOf(zone) });
            world.Timeline.Note($"{device.Id} is {(changed.IsSuccess ? "now" : "perhaps")} in zone {zone}");
            if (device.Generation != generation)
                return;
            device.MovesIn = null;
            if (changed.IsSuccess)
                Reach.DeviceIs(device.Id, zone);
        });
    }

    private async Task ListAsync(Gateway gateway)
    {
        long began = world.Timeline.NowMs;
        Result<IReadOnlyList<DeviceRecord>> listed = await gateway.Devices.For(await WhoAsync(gateway)).ListAsync(null, 1_000);
        foreach (DeviceRecord device in listed.Value ?? [])
            Require(device.Id.Value, began, world.Timeline.NowMs, "it was listed");
    }

    private async Task LookAsync(Gateway gateway, Device device)
    {
        long began = world.Timeline.NowMs;
        ServicePrincipal who = await WhoAsync(gateway);
        if ((await gateway.Devices.For(who).FindAsync(device.Id)).IsSuccess)
            Require(device.Id, began, world.Timeline.NowMs, "it was found");
        if ((await gateway.History.ReadAsync(who, device.Id, null, 10)).Value is { Count: > 0 })
            Require(device.Id, began, world.Timeline.NowMs, "its history was read");
    }

    private void Cancel(Device device)
    {
        Message[] open =
            [.. world.Ledger.Messages.Where(m => m.Device == device.Id && m is { IsCommand: true, Sequence: not null, Outcome: null })];
        if (open.Length == 0)
            return;
        Message message = dice.Pick(open);
        message.MayBeCancelled = true;
        world.Call(async gateway =>
        {
            long began = world.Timeline.NowMs;
            Result<CancelResult> result =
                await gateway.Mailboxes.CancelAsync(await WhoAsync(gateway), new Sequence(message.Sequence!.Value));
            world.Timeline.Note($"{message.Id} is {(result.IsSuccess ? "cancelled" : "not cancelled")} by the service with a scope");
            if (!result.IsSuccess)
                return;
            Require(device.Id, began, world.Timeline.NowMs, $"{message} was taken back");
            message.CancelledStep = world.Timeline.Steps;
        });
    }

    // Whoever is in the zones that the scope has now may get it, as long as it is there.
    private void Notify()
    {
        string id = world.Services.NewId("n");
        long expiresAtMs = world.Timeline.UnixNowMs + dice.Between(1_000, 3_600_000);
        world.Call(async gateway =>
        {
            ServicePrincipal who = await WhoAsync(gateway);
            foreach (Device device in world.Devices)
            {
                world.Ledger.Enter(new Message
                {
                    Id = $"{id}@{device.Id}",
                    Device = device.Id,
                    FirstGeneration = 1,
                    ExpiresAtMs = expiresAtMs,
                    IsNotification = true,
                    MayBeRemoved = true,
                    AcceptSent = device.IsCareless,
                    SentMs = world.Timeline.NowMs,
                    Zones = string.Concat(s_zones.Where(z => who.Scope!.Audience!.Text.Contains($"'{z}'", StringComparison.Ordinal))),
                });
            }

            Result<SentNotification> sent = await gateway.Notifications.NotifyAsync(
                who, "id like '%'", Services.Content(id), new NotificationTerms { ExpiresAtMs = expiresAtMs, MessageId = id });
            world.Timeline.Note($"{id} is {(sent.IsSuccess ? "taken" : "not taken")} from the service with a scope");
        });
    }
}
