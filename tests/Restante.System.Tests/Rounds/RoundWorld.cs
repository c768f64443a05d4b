using System.Globalization;
using Restante.Net;
using Restante.System.Tests.Abuse;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Rounds;

/// <summary>
/// One gateway through several lives: all act at random, something befalls the process, it is started again, and the history so far is
/// checked. At the end everything that waits is given time to arrive.
/// </summary>
internal sealed class RoundWorld : IAsyncDisposable
{
    private const int Devices = 5;
    private const int MaxDeliveries = 12;
    private const int MaxStepSeconds = 1_800;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly IReadOnlyList<string> _faults;
    private readonly Random _dice;
    private readonly RoundClock _clock;
    private readonly GatewayProcess _gateway;
    private readonly NetworkHost _network = new();
    private readonly History _history = new();
    private readonly List<RoundDevice> _fleet = [];
    private readonly RoundService _service;
    private readonly RoundHandler _handler;
    private readonly RoundReader _reader;
    private readonly RoundLook _look;
    private SmallDisk? _disk;
    private bool _wasFull;
    private int _read;

    private RoundWorld(IReadOnlyList<string> faults, Random dice, RoundClock clock)
    {
        _faults = faults;
        _dice = dice;
        _clock = clock;

        // Leases lapse within a round in one world; in another what has expired is still there when its device comes.
        (int leaseMs, int sweepMs) = dice.Next(2) == 0 ? (1_000, 250) : (3_000, 4_000);
        _gateway = GatewayProcess.Prepare(
            clock.Environment,
            "--set", "Log:Level=Warning", "--set", "Streams:SegmentBytes=1048576", "--set", "Streams:Partitions=2",
            "--set", "Store:CheckpointBytes=262144",
            "--set", "Mailboxes:MaxShelved=100000", "--set", "Mailboxes:MaxActiveNotifications=100000",
            "--set", "Mailboxes:IdempotencyRetentionMs=604800000", "--set", "Mailboxes:MaxDepth=100000",
            "--set", $"Mailboxes:MaxDeliveries={MaxDeliveries}", "--set", "Limits:DefaultInquiryMs=80000000",
            "--set", "Limits:MaxOpenInquiriesPerDevice=1000", "--set", "Limits:InquiryRetentionMs=604800000",
            "--set", $"Limits:LeaseDurationMs={leaseMs}", "--set", $"Limits:SweepPeriodMs={sweepMs}");
        _service = new RoundService(_fleet, _history, clock);
        _handler = new RoundHandler(_history);
        _reader = new RoundReader(_history);
        _look = new RoundLook(_fleet, _reader, _history);
    }

    /// <summary>What each round was, for whom it concerns.</summary>
    public List<string> Log { get; } = [];

    public int Entries => _history.Entries.Count;

    /// <summary>The rounds that were begun.</summary>
    public int Rounds { get; private set; }

    /// <summary>Where its time went.</summary>
    public Spent Spent { get; } = new();

    public static async Task<RoundWorld> StartAsync(IReadOnlyList<string> faults, int seed)
    {
        RoundClock clock = faults.Contains("clock") ? await RoundClock.MovableAsync() : RoundClock.Usual();
        var world = new RoundWorld(faults, new Random(seed), clock);
        try
        {
            if (faults.Contains("full"))
                world._disk = await SmallDisk.MountAsync(world._gateway.Data, megabytes: 96);
            await world._gateway.StartProcessAsync();
            for (int i = 0; i < Devices; i++)
                world._fleet.Add(new RoundDevice($"round-{i}", await world._gateway.CreateDeviceAsync($"round-{i}"), world._history));
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>One round, and the check of all so far.</summary>
    public async Task RoundAsync()
    {
        string fault = _faults[_dice.Next(_faults.Count)];
        Rounds++;
        Log.Add(fault);
        using var end = new CancellationTokenSource();
        Task load = Task.WhenAll(Load(end.Token));
        try
        {
            // The instant is chosen by how much was acknowledged, not by a clock.
            await Spent.TimeAsync("load", () => ProgressAsync(_dice.Next(20, 160)));
            await Spent.TimeAsync("fault", () => StrikeAsync(fault));
        }
        finally
        {
            await end.CancelAsync();
            await Spent.TimeAsync("end of the load", () => load);
        }

        if (fault == "clock" && _dice.Next(3) == 0)
            StepClock();
        await Spent.TimeAsync("start", StartAgainAsync);
        await LookAsync(isLast: false);
    }

    /// <summary>
    /// A backup is made while all act; then the gateway is killed, and what was backed up is put into its place and checked.
    /// </summary>
    public async Task PutBackAsync()
    {
        Log.Add("backup");
        string archive = _gateway.Data + ".tar";
        double began;
        using (var end = new CancellationTokenSource())
        {
            Task load = Task.WhenAll(Load(end.Token));
            await ProgressAsync(60);
            began = History.Now;
            await RunAsync("backup", "--data", _gateway.Data, "--to", archive);
            await ProgressAsync(20);
            await _gateway.KillAsync();
            await end.CancelAsync();
            await load;
        }

        Directory.Delete(_gateway.Data, recursive: true);
        try
        {
            await RunAsync("restore", "--data", _gateway.Data, "--from", archive);
        }
        finally
        {
            File.Delete(archive);
        }

        _history.PutBack(began);
        await _gateway.StartProcessAsync();
        await LookAsync(isLast: true);

        static async Task RunAsync(params string[] arguments)
        {
            (int exit, string output) = await Tool.RunAsync(GatewayProcess.Executable, arguments);
            Assert.True(exit == 0, output);
        }
    }

    /// <summary>Everybody accepts what waits until nothing does; then a last crash, and the check of all.</summary>
    public Task DrainAsync() => Spent.TimeAsync("drain", EmptyAsync);

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        await _gateway.KillIfRunningAsync();
        if (_disk is not null)
            await _disk.DisposeAsync();
        await _gateway.DisposeAsync();
        _clock.Dispose();
    }

    private async Task EmptyAsync()
    {
        Log.Add("drain");
        double from = History.Now;
        if (_faults.Contains("clock"))
            _clock.Step(MaxStepSeconds + 1); // What was not due by a clock that was ahead is due now.
        using (var end = new CancellationTokenSource())
        {
            List<Task> load =
            [
                .. _fleet.Select(d => d.LiveAsync(_gateway, _network, new Random(_dice.Next()), isAtRest: true, end.Token)),
                _handler.LiveAsync(_gateway, _network, new Random(_dice.Next()), isAtRest: true, end.Token),
                _service.WatchAsync(_gateway, _network, end.Token),
            ];
            using var patience = new CancellationTokenSource(s_patience);
            string? waits;
            while ((waits = await _look.WhatWaitsAsync(_gateway)) is not null && !patience.IsCancellationRequested)
                await Task.Delay(200, CancellationToken.None);
            await end.CancelAsync();
            await Task.WhenAll(load);
            if (waits is not null)
                Fail([$"not delivered after {s_patience.TotalSeconds} seconds without a fault: {waits}"]);
        }

        await _gateway.KillAsync();
        await _gateway.StartProcessAsync();
        await _look.LookAsync(_gateway, isLast: true);
        _history.Add(new Entry { Act = Act.Drained, From = from, To = History.Now });
        Check();
    }

    private List<Task> Load(CancellationToken end) =>
    [
        .. _fleet.Select(d => d.LiveAsync(_gateway, _network, new Random(_dice.Next()), isAtRest: false, end)),
        _handler.LiveAsync(_gateway, _network, new Random(_dice.Next()), isAtRest: false, end),
        _service.LiveAsync(_gateway, _network, new Random(_dice.Next()), end),
        _reader.LiveAsync(_gateway, new Random(_dice.Next()), end),
    ];

    private async Task StrikeAsync(string fault)
    {
        switch (fault)
        {
            case "full":
                await FillAsync();
                break;
            case "clock":
                StepClock();
                await ProgressAsync(_dice.Next(20, 120));
                break;
        }

        if (fault == "term" || (fault == "clock" && _dice.Next(2) == 0))
            await TerminateAsync();
        else
            await _gateway.KillAsync();
    }

    private async Task LookAsync(bool isLast)
    {
        await Spent.TimeAsync("look", () => _look.LookAsync(_gateway, isLast));
        await Spent.TimeAsync("check", () => Task.Run(Check));
    }

    private async Task ProgressAsync(int acts)
    {
        try
        {
            await _history.Acknowledged(acts).WaitAsync(s_patience);
        }
        catch (TimeoutException)
        {
            Fail([$"it takes nothing more: {acts} acts were not acknowledged within {s_patience.TotalSeconds} seconds"]);
        }
    }

    // Forward or back by up to half an hour, but never farther than that from the true time.
    private void StepClock()
    {
        int seconds = _dice.Next(4) switch { 0 => 0, 1 => _dice.Next(-60, 61), _ => _dice.Next(-MaxStepSeconds, MaxStepSeconds + 1) };
        Log.Add($"clock {_clock.OffsetSeconds} to {seconds}");
        _clock.Step(seconds);
    }

    // Full until some work was refused; then there is room again, or it is killed, or started, with a full disk.
    private async Task FillAsync()
    {
        _disk!.Fill();
        _wasFull = true;
        try
        {
            await _history.Refused(_dice.Next(2, 30)).WaitAsync(s_patience);
        }
        catch (TimeoutException)
        {
            Fail(["the disk is full, and nothing was refused"]);
        }

        if (_dice.Next(3) == 0)
            return;
        _disk.Free();
        await ProgressAsync(_dice.Next(20, 80));
    }

    private async Task TerminateAsync()
    {
        int exit = await _gateway.StopAsync();
        if (exit != 0)
            Fail([$"after SIGTERM it ended with {exit}"]);
    }

    private async Task StartAgainAsync()
    {
        if (_disk is { IsFull: true })
        {
            if (_dice.Next(2) == 0)
            {
                try
                {
                    await _gateway.StartProcessAsync();
                    Log.Add("started with a full disk");
                }
                catch (InvalidOperationException)
                {
                    Log.Add("not started with a full disk");
                }
            }

            await _gateway.KillIfRunningAsync();
            _disk.Free();
        }

        await _gateway.StartProcessAsync();
    }

    private void Check()
    {
        List<string> broken = [.. new Checker(_history.Entries, _clock, MaxDeliveries).Check()];

        // A fault of the gateway's own is in its log, or in a refusal.
        string said = _gateway.Output[_read..];
        _read += said.Length;
        if (!_wasFull)
            broken.AddRange(said.Split('\n')
                .Where(static l => l.Contains(" fail: ", StringComparison.Ordinal) || l.Contains(" crit: ", StringComparison.Ordinal)));
        _wasFull = false;
        broken.AddRange(_history.Entries.Where(static e => e.Reply == Reply.Refused
            && e.Word.Contains("internal", StringComparison.OrdinalIgnoreCase))
            .Select(static e => $"a fault of its own: {e.Act} {e.Key}: {e.Word}"));
        if (broken.Count > 0)
            Fail(broken);
    }

    private void Fail(List<string> broken) => throw new Xunit.Sdk.XunitException(string.Create(
        CultureInfo.InvariantCulture,
        $"{broken.Count} broken after: {string.Join(", ", Log)}\n{string.Join('\n', broken.Take(12))}\n"
        + $"The history is in {_history.Dump()}; the gateway said:\n{Tail()}"));

    private string Tail() => string.Join('\n', _gateway.Output.Split('\n').TakeLast(40));
}
