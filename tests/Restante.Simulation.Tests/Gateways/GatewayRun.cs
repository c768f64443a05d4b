using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.Extensions.Logging;
using Restante.Core;
using Restante.Core.Storage;
using Restante.Heads.Amqp;
using Restante.Heads.Mqtt;
using Restante.Net;
using Restante.Net.Loop;
using Restante.Simulation.Tests.Disk;
using Restante.Simulation.Tests.Network;
using Restante.Simulation.Tests.Scheduling;
using Restante.Storage.Sqlite;
using Restante.Storage.Sqlite.Secrets;
using Restante.Storage.Streams;
using Restante.Storage.Streams.Segments;

namespace Restante.Simulation.Tests.Gateways;

/// <summary>
/// The gateway from one start to its end: the real heads, core, connection loop and stores. Only threads, clock, sockets and the disk's
/// promises are the simulation's.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A gateway that was killed is not disposed of; Release gives back what it held.")]
internal sealed class GatewayRun
{
    private static readonly MasterKeyRing s_masterKeys = MasterKeyRing.Generate();
    private readonly Life _life;
    private readonly LifeTime _time;
    private readonly Dice _dice;
    private readonly GatewaySetup _setup;
    private readonly DataPlace _place;
    private readonly DiskTrouble _trouble;
    private readonly ConnectionSet _set = new(1_000);
    private readonly ConnectionSettings _amqpSettings;
    private readonly ConnectionSettings _mqttSettings;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Line> _lines = [];
    private readonly List<Wire> _ended = [];
    private readonly SqliteGatewayStore _store;
    private readonly SimulatedMedium _medium;
    private readonly AmqpHead _amqp;
    private readonly MqttHead _mqtt;
    private readonly NetworkHost _host;
    private readonly Task _maintenance;

    public GatewayRun(
        Timeline timeline, WallClock clock, Dice dice, GatewaySetup setup, DataPlace place, DiskTrouble trouble, Action<string> fault)
    {
        _dice = dice;
        _setup = setup;
        _place = place;
        _trouble = trouble;
        _life = new Life(timeline, "gateway") { Escaped = fault };
        var time = new LifeTime(_life, clock);
        _time = time;
        var log = new FaultLog((level, text) => Heard(level, text, fault));
        _medium = new SimulatedMedium(dice, trouble) { Dies = DiesInLog };
        _store = OpenStore(time, log);
        _store.Writer.BeforeCommit = _ => FailCommit();
        Gateway? gateway = null;
        Task? maintenance = null;
        _life.Run(() =>
        {
            gateway = new Gateway(_store, setup.Limits, time, log);
            maintenance = gateway.Maintenance.RunAsync(_stopping.Token);
        });
        Gateway = gateway!;
        _maintenance = maintenance!;
        _amqp = new AmqpHead(Gateway, setup.Amqp, log);
        _mqtt = new MqttHead(Gateway, setup.Mqtt, log);
        _host = new NetworkHost(time, log) { TurnQueue = turn => timeline.Soon(_life, turn.Execute) };
        _amqpSettings = new ConnectionSettings(_host, "amqp", setup.Connections, TimeSpan.FromSeconds(10), _set);
        _mqttSettings = new ConnectionSettings(_host, "mqtt", setup.Connections, TimeSpan.FromSeconds(10), _set);
    }

    public Gateway Gateway { get; }

    public Life Life => _life;

    /// <summary>Where claims are kept.</summary>
    public IEnrolmentStore Claims => _store.Enrolments;

    /// <summary>Set where the power is to fail in the middle of a write.</summary>
    public CrashPoint Crash { get; set; }

    /// <summary>The power has failed; <see cref="Kill"/> follows.</summary>
    public bool IsCrashed { get; private set; }

    /// <summary>What the write-ahead log held before the commit in which the power failed.</summary>
    private byte[]? WalBefore { get; set; }

    /// <summary>The connections that have not ended.</summary>
    public IEnumerable<Wire> Wires => _lines.Where(static l => !l.Connection.IsEnded).Select(static l => l.Wire);

    private Timeline Timeline => _life.Timeline;

    /// <summary>A peer has come.</summary>
    /// <param name="wire">Its connection.</param>
    /// <param name="isAmqp">What it speaks.</param>
    /// <param name="certificate">What it has proved to own the key of; null for none.</param>
    public void Accept(Wire wire, bool isAmqp, ClientCertificate? certificate)
    {
        _set.TryReserve();
        var transport = new WireTransport(wire, _life);
        var peer = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1_024 + _lines.Count);
        _life.Run(() =>
        {
            var connection = new Connection(
                isAmqp ? _amqpSettings : _mqttSettings, transport, peer, null, certificate, isAmqp ? _amqp.Accept : _mqtt.Accept);
            _lines.Add(new Line(connection, wire));
            connection.Start();
        });
    }

    /// <summary>Notes what connections have written, and whether they keep to their limits. Called after each step.</summary>
    public void Watch(Action<string> fault)
    {
        foreach (Line line in _lines)
        {
            if (line.Connection.IsEnded)
            {
                if (line.IsOver)
                    continue;
                line.IsOver = true;
                _ended.Add(line.Wire);
                continue;
            }

            long pending = line.Connection.PendingOutputBytes;
            line.Wire.Marks.Note(line.Connection.BytesSent + pending, Timeline.Steps, Timeline.NowMs);
            if (pending > _setup.Connections.MaxPendingOutputBytes)
                fault($"{line.Wire.Name} has {pending} bytes of output waiting.");
        }
    }

    /// <summary>The connections whose end was seen since this was last asked.</summary>
    public Wire[] TakeEnded()
    {
        if (_ended.Count == 0)
            return [];
        Wire[] ended = [.. _ended];
        _ended.Clear();
        return ended;
    }

    /// <summary>The process ends without a word, or the machine does.</summary>
    public void Kill()
    {
        _life.Die();
        _medium.Die();
        _place.Crash(_medium, WalBefore, _dice);
        Release();
    }

    /// <summary>Goes down in order: peers are told, then cut; what is left to be stored is stored. Calls back when that is done.</summary>
    public void Stop(Action done) => _life.Run(() => _ = StopAsync(done));

    private async Task StopAsync(Action done)
    {
        foreach (Line line in _lines)
            line.Connection.Drain("The gateway stops.");
        await Task.Delay(TimeSpan.FromSeconds(5), _time);
        foreach (Line line in _lines)
            line.Connection.Abort(ConnectionEndReason.DrainTimeout, "The gateway stops.");
        await _mqtt.DisposeAsync();
        Cancel();
        await _maintenance;
        Timeline.Soon(_life, () =>
        {
            _life.Die();
            Release();
            done();
        });
    }

    // The asynchronous way would do it on a thread of the pool.
    private void Cancel() => _stopping.Cancel();

    private void Release()
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        _store.Writer.BeforeCommit = null;
        _store.DisposeAsync().AsTask().Wait();
        Gateway.Dispose();
        _mqtt.Metrics.Dispose();
        _host.Metrics.Dispose();
        _stopping.Dispose();
        SynchronizationContext.SetSynchronizationContext(before);
    }

    private SqliteGatewayStore OpenStore(TimeProvider time, FaultLog log)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var steps = new LogSteps(Write: Slowly, Answer: item => Later(1, item.Execute), Beside: Slowly);
            SegmentedStreamStore streams = SegmentedStreamStore
                .OpenAsync(_place.Streams, _setup.Streams, new StreamStoreHost(log, time, _medium, steps)).GetAwaiter().GetResult();
            var options = new SqliteStoreOptions
            {
                Directory = _place.Database,
                MasterKeys = s_masterKeys,
                Limits = _setup.Mailboxes,
                CacheBytes = 1024 * 1024,
                RecentContentBytes = _setup.RecentContentBytes,
                CachedDevices = 2,
                CheckpointBytes = 64 * 1024,
                MaxWalBytes = 256 * 1024,
                Readers = 1,
                Steps = new StoreSteps(Write: step => Slowly(() => Commit(step)), Answer: item => Later(1, item.Execute), Beside: Slowly),
            };
            return SqliteGatewayStore.OpenAsync(options, streams, OpenAudit(time, log), log).AsTask().GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    // Its steps take no dice, so that what it writes changes nothing of when others are served.
    private SegmentedStreamStore OpenAudit(TimeProvider time, FaultLog log)
    {
        var steps = new LogSteps(Write: Soon, Answer: item => Soon(item.Execute), Beside: Soon);
        var limits = new StreamLimits { Partitions = 1, SegmentBytes = 64 * 1024 };
        var host = new StreamStoreHost(log, time, new LogMedium(), steps);
        return SegmentedStreamStore.OpenAsync(_place.Audit, limits, host).GetAwaiter().GetResult();
    }

    private void Soon(Action step) => Timeline.Soon(_life, () =>
    {
        if (!IsCrashed)
            step();
    });

    private void Slowly(Action step) => Later(_setup.SyncMs, step);

    private void Later(int mostMs, Action step) => Timeline.After(_dice.Between(0, mostMs), _life, () =>
    {
        if (!IsCrashed)
            step();
    });

    private void Commit(Action step)
    {
        if (Crash != CrashPoint.Commit)
        {
            step();
            return;
        }

        DateTime database = _place.DatabaseChangedAt;
        step();
        IsCrashed = true;
        if (_place.DatabaseChangedAt != database)
            WalBefore = null;
    }

    // A step may hold several commits; only the last of them is not yet synced when the power fails.
    private void FailCommit()
    {
        if (Crash == CrashPoint.Commit)
            WalBefore = _place.ReadWal();
        if (_dice.Chance(_trouble.CommitPerMille))
            throw new IOException("The simulated disk is full.");
    }

    private bool DiesInLog()
    {
        if (Crash == CrashPoint.Log && !IsCrashed && _dice.Chance(300))
            IsCrashed = true;
        return IsCrashed;
    }

    private void Heard(LogLevel level, string text, Action<string> fault)
    {
        // What the log refuses for a moment after a disk has failed is of that failure.
        bool follows = text.Contains("No new segment could be begun a moment ago.", StringComparison.Ordinal);
        if (level >= LogLevel.Error && !_trouble.IsAny && !follows && !IsCrashed && _life.IsAlive)
            fault("The gateway logged: " + text);
    }

    private sealed record Line(Connection Connection, Wire Wire)
    {
        /// <summary>Its end was noted.</summary>
        public bool IsOver { get; set; }
    }
}
