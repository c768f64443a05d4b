using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Network;

/// <summary>One connection between a peer and the gateway.</summary>
internal sealed class Wire
{
    private readonly Life _world;

    public Wire(Life world, Dice dice, NetworkWeather weather, string owner, string name)
    {
        _world = world;
        Owner = owner;
        Name = $"{owner}/{name}";
        ToGateway = new Pipe(world, dice, weather);
        ToPeer = new Pipe(world, dice, weather);
    }

    /// <summary>Who made it.</summary>
    public string Owner { get; }

    public string Name { get; }

    /// <summary>When the gateway wrote what.</summary>
    public WriteMarks Marks { get; } = new();

    public Pipe ToGateway { get; }

    public Pipe ToPeer { get; }

    /// <summary>Both ends hear of its end, and nothing that was under way arrives.</summary>
    public void Cut()
    {
        _world.Timeline.Note($"{Name} is cut");
        ToGateway.Reset();
        ToPeer.Reset();
    }

    /// <summary>Nothing arrives any more, and nobody is told.</summary>
    public void GoSilent()
    {
        _world.Timeline.Note($"{Name} goes silent");
        ToGateway.GoSilent();
        ToPeer.GoSilent();
    }
}
