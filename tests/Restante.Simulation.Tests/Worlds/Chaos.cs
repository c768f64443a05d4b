using Restante.Mqtt.Packets;
using Restante.Simulation.Tests.Gateways;
using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Peers;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Worlds;

/// <summary>
/// What happens in a world, one act after the other. Each run leaves some kinds of acts out and has much of others: what needs a long
/// stretch of the same, or the absence of something, is found that way.
/// </summary>
internal sealed class Chaos
{
    private readonly World _world;
    private readonly Dice _dice;
    private readonly Operator _operator;
    private readonly (int Weight, Action Act)[] _acts;
    private readonly int[] _weights;
    private readonly int _pauseMs;

    public Chaos(World world, Dice dice, Operator @operator)
    {
        _world = world;
        _dice = dice;
        _operator = @operator;
        _acts =
        [
            (20, () => world.Services.Send(AnyDevice())),
            (10, () => world.Services.SendByAmqp(AnyDevice())),
            (3, world.Services.Cancel),
            (12, () => AnyDevice().Connect()),
            (12, Publish),
            (6, TroubleNetwork),
            (2, world.Kill),
            (1, () => world.CrashAt(CrashPoint.Commit)),
            (1, () => world.CrashAt(CrashPoint.Log)),
            (1, world.Stop),
            (2, TroubleDisk),
            (2, () => _operator.Toggle(AnyDevice())),
            (1, () => _operator.Replace(AnyDevice())),
            (2, () => _operator.ChangeKey(AnyDevice())),
            (3, () => AnyDevice().Rotate()),
            (3, () => world.Scoped.Send(AnyDevice())),
            (2, world.Scoped.Connect),
            (3, () => world.Scoped.Try(AnyDevice())),
            (2, () => world.Scoped.Move(AnyDevice())),
            (1, world.Scoped.ChangeScope),
            (1, SetClock),
            (3, world.Services.Notify),
            (3, world.Services.Handle),
            (1, () => world.Services.Purge(AnyDevice())),
            (2, Leave),
            (1, world.Services.ReadOutcomes),
        ];
        _weights = [.. _acts.Select((act, i) => i < 5 ? act.Weight : act.Weight * dice.Pick([0, 1, 1, 4]))];
        _pauseMs = dice.Pick([20, 300, 1_500]);
        Acts = (int)dice.Between(20, 150);
    }

    /// <summary>How many acts there are.</summary>
    public int Acts { get; }

    /// <summary>Does what there is to do, or less of it: the first acts are the same.</summary>
    public void Run(int acts)
    {
        for (int i = 0; i < Math.Min(acts, Acts); i++)
        {
            _world.RunUntil(_world.Timeline.NowMs + _dice.Between(0, _pauseMs));
            int which = _dice.Weighted(_weights);
            _world.Life.Run(_acts[which].Act);
        }
    }

    private Device AnyDevice() => _dice.Pick(_world.Devices);

    private void Publish()
    {
        Device device = AnyDevice();
        PublicationKind kind = (PublicationKind)_dice.Weighted([6, 3, 2]);
        Message[] commands = [.. _world.Ledger.Messages.Where(m => m.Device == device.Id && m is { IsCommand: true, Deliveries: > 0 })];
        if (kind == PublicationKind.Report && commands.Length == 0)
            kind = PublicationKind.Telemetry;
        Message? command = kind == PublicationKind.Report ? _dice.Pick(commands) : null;
        device.Publish(new Publication
        {
            Id = _world.Services.NewId("t"),
            Device = device.Id,
            Kind = kind,
            Subject = Services.Subject,
            Command = command?.Sequence?.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Number = command is null ? 0 : ++command.Reports,
            Qos = _dice.Pick([MqttQos.AtLeastOnce, MqttQos.ExactlyOnce]),
        });
    }

    private void TroubleNetwork()
    {
        IDevicePeer[] peers = [.. _world.Devices.SelectMany(static d => d.Peers)];
        if (peers.Length == 0)
            return;
        IDevicePeer peer = _dice.Pick(peers);
        switch (_dice.Below(4))
        {
            case 0:
                peer.Wire.GoSilent();
                break;
            case 1:
                peer.BeDeaf(_dice.Between(100, 40_000));
                break;
            case 2:
                peer.Cut();
                break;
            default:
                peer.Wire.Cut();
                break;
        }
    }

    private void TroubleDisk()
    {
        if (_world.Trouble.IsAny)
        {
            _world.Trouble.End();
            return;
        }

        _world.Trouble.CommitPerMille = _dice.Pick([0, 200, 1_000]);
        _world.Trouble.LogPerMille = _dice.Pick([0, 200, 1_000]);
    }

    private void SetClock() => _world.Clock.Set(_dice.Pick([0, 0, -2_000, 2_000, -60_000, 60_000, -3_600_000, 3_600_000]));

    private void Leave()
    {
        if (AnyDevice().Ready is { } peer)
            peer.Goodbye();
    }
}
