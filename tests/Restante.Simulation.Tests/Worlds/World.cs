using Restante.Core;
using Restante.Core.Enrolment;
using Restante.Core.Storage;
using Restante.Net;
using Restante.Simulation.Tests.Disk;
using Restante.Simulation.Tests.Gateways;
using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Network;
using Restante.Simulation.Tests.Peers;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Worlds;

/// <summary>
/// One simulated world: a gateway that lives and dies, devices and services, a network, a disk, and a ledger of what was promised.
/// </summary>
internal sealed class World : IDisposable
{
    // A hundred times as many as a long run takes: something goes round in circles.
    private const long MostSteps = 5_000_000;

    private readonly Dice _dice;
    private readonly Dice _gatewayDice;
    private readonly DataPlace _place = new();
    private readonly List<Wire> _wires = [];
    private readonly Dictionary<string, long> _connected = [];
    private string? _fault;
    private int _connections;

    public World(ulong seed, bool keepTrace)
    {
        _dice = new Dice(seed);
        Trace = new Trace(keepTrace);
        Timeline = new Timeline(_dice.Split(), _dice.Pick([1, 4, 64]), Trace);
        Life = new Life(Timeline, "world") { Escaped = Fault };
        _gatewayDice = _dice.Split();
        Setup = GatewaySetup.Of(_dice.Split());
        Weather = NetworkWeather.Of(_dice.Split());
        AmqpPerMille = _dice.Pick([0, 500, 500, 1_000]);
        Clock = new WallClock(Timeline);
        Ledger = new Ledger(Timeline, Clock) { IsOrdered = Setup.Mailboxes.RedeliveryDelayMs == 0 };
        CertificatePerMille = _dice.Pick([0, 0, 300, 900]);
        Enrolments = new Enrolments(this, _dice.Split());
        int count = (int)_dice.Between(1, 4);
        Devices = [.. Enumerable.Range(1, count).Select(n => new Device(this, $"device-{n}", null, _dice.Split())), .. Enrolling()];
        Services = new Services(this, _dice.Split());
        Scoped = new ScopedService(this, _dice.Split());
        Timeline.Note($"seed {seed}: {Setup}");
    }

    public Trace Trace { get; }

    public Timeline Timeline { get; }

    /// <summary>The gateway's clock.</summary>
    public WallClock Clock { get; }

    /// <summary>All that is not the gateway.</summary>
    public Life Life { get; }

    public GatewaySetup Setup { get; }

    public NetworkWeather Weather { get; private set; }

    public DiskTrouble Trouble { get; } = new();

    public Ledger Ledger { get; }

    public Device[] Devices { get; }

    public Services Services { get; }

    /// <summary>A service that does not reach all devices.</summary>
    public ScopedService Scoped { get; }

    public List<Publication> Publications { get; } = [];

    /// <summary>How devices become known that nobody entered.</summary>
    public Enrolments Enrolments { get; }

    /// <summary>How often a device has a certificate where a key would do, in a thousand.</summary>
    public int CertificatePerMille { get; }

    /// <summary>How often a device chooses AMQP, in a thousand.</summary>
    public int AmqpPerMille { get; }

    /// <summary>The gateway; null while it is down.</summary>
    public GatewayRun? Run { get; private set; }

    /// <summary>The gateway is going down in order, and will not be the same one again.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>From now on nothing fails, and devices accept what they get.</summary>
    public bool IsHealed { get; private set; }

    /// <summary>How often the gateway ended.</summary>
    public int Ends { get; private set; }

    /// <summary>The connections there have been that are not known to have ended.</summary>
    public IReadOnlyList<Wire> Wires => _wires;

    /// <summary>Something went wrong where an exception would not come through; it ends the run after this step.</summary>
    public void Fault(string what) => _fault ??= what;

    public void Start()
    {
        Run = new GatewayRun(Timeline, Clock, _gatewayDice.Split(), Setup, _place, Trouble, Fault);
        Timeline.Note("the gateway runs");
    }

    /// <summary>A connection to the gateway; null while it is down.</summary>
    /// <param name="who">Who calls.</param>
    /// <param name="isAmqp">What it will speak.</param>
    /// <param name="certificate">What it proves to own the key of; null for none.</param>
    public Wire? Dial(string who, bool isAmqp, ClientCertificate? certificate = null)
    {
        if (Run is not { } run || IsStopping)
            return null;
        var wire = new Wire(Life, _dice.Split(), Weather, who, $"{(isAmqp ? "amqp" : "mqtt")}-{++_connections}");
        Timeline.Note($"{wire.Name} is made");
        _wires.Add(wire);
        Timeline.After(Weather.Delay(_dice), Life, () =>
        {
            _connected[who] = Timeline.Steps;
            if (Run == run && !IsStopping)
                run.Accept(wire, isAmqp, certificate);
            else
                wire.Cut();
        });
        return wire;
    }

    /// <summary>True when a device may have had a connection in or after a step, as the gateway sees it.</summary>
    public bool WasConnectedSince(string who, long step) =>
        (_connected.TryGetValue(who, out long last) && last >= step) || Run?.Wires.Any(w => w.Owner == who) == true;

    /// <summary>Calls something of the gateway's core, as the gateway's own process would. What it awaits ends with that.</summary>
    public void Call(Func<Gateway, Task> call)
    {
        if (Run is { } run && !IsStopping)
            run.Life.Run(() => _ = CallAsync(run.Gateway, call));
    }

    /// <summary>Lets things happen until a time, or until something holds.</summary>
    public void RunUntil(long ms, Func<bool>? holds = null)
    {
        while (holds?.Invoke() != true && Timeline.Step(ms))
        {
            if (Run is { IsCrashed: true })
                Kill();
            Run?.Watch(Fault);
            foreach (Wire ended in Run?.TakeEnded() ?? [])
                _connected[ended.Owner] = Timeline.Steps;
            if (Timeline.Steps > MostSteps)
                Fault($"There is no end to it after {MostSteps} steps. [bounded]");
            if (_fault is not null)
                Ledger.Fail(_fault);
        }
    }

    /// <summary>The gateway ends at once, and comes again.</summary>
    public void Kill()
    {
        if (Run is not { } run)
            return;
        Timeline.Note("the gateway is killed");
        Run = null;
        IsStopping = false;
        Ends++;
        bool isSilent = _dice.Chance(300);
        foreach (Wire wire in run.Wires.ToArray())
        {
            _connected[wire.Owner] = Timeline.Steps;
            if (isSilent)
                wire.GoSilent();
            else
                Timeline.After(Weather.Delay(_dice), Life, wire.Cut);
        }

        run.Kill();
        StartSoon();
    }

    /// <summary>The gateway goes down in order, and comes again.</summary>
    public void Stop()
    {
        if (Run is not { } run || IsStopping)
            return;
        Timeline.Note("the gateway stops");
        IsStopping = true;
        run.Stop(() =>
        {
            Timeline.Note("the gateway has stopped");
            foreach (Device device in Devices)
                _connected[device.Id] = Timeline.Steps;
            Run = null;
            IsStopping = false;
            Ends++;
            StartSoon();
        });
    }

    /// <summary>The next commit, or change of the log, will be the last thing the gateway does.</summary>
    public void CrashAt(CrashPoint point)
    {
        if (Run is { } run && !IsStopping)
            run.Crash = point;
    }

    /// <summary>Network and disk do what they should from now on, and everybody is there.</summary>
    public void Heal()
    {
        Timeline.Note("all is well from now on");
        IsHealed = true;
        Trouble.End();
        Clock.Set(0);
        Weather = new NetworkWeather();
        if (Run is { } run)
            run.Crash = CrashPoint.None;
    }

    public void Dispose()
    {
        Run?.Kill();
        _place.Dispose();
    }

    private IEnumerable<Device> Enrolling()
    {
        int count = _dice.Pick([0, 1, 1, 2, 3]);
        bool isOfOneKind = _dice.Chance(500);
        EnrolmentKind[] kinds = Enum.GetValues<EnrolmentKind>();
        EnrolmentKind first = _dice.Pick(kinds);
        for (int n = 1; n <= count; n++)
        {
            EnrolmentKind kind = isOfOneKind ? first : _dice.Pick(kinds);
            yield return new Device(this, $"{Enrolments.NameOf(kind)}-{n}", kind, _dice.Split());
        }
    }

    private void StartSoon() => Timeline.After(_dice.Between(10, 5_000), Life, () =>
    {
        try
        {
            Start();
            Services.GatewayIsBack();
        }
        catch (StoreUnavailableException) when (Trouble.IsAny)
        {
            Timeline.Note("the gateway does not start");
            StartSoon();
        }
    });

    private async Task CallAsync(Gateway gateway, Func<Gateway, Task> call)
    {
        try
        {
            await call(gateway);
        }
        catch (Exception exception)
        {
            Fault(exception is SimulationFailedException ? exception.Message : exception.ToString());
        }
    }
}
