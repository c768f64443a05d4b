using System.Globalization;
using System.Text;
using Restante.Core.Devices;
using Restante.Core.Jobs;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.States;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Model;

/// <summary>One store in a random run of state documents, consumer groups and jobs. All stores number jobs and messages the same.</summary>
internal sealed class WorkSubject(StoreHarness harness) : IModelSubject<WorkStep>
{
    private const int MaxJobs = 3;
    private const int MaxJobsOfCreator = 2;

    private static readonly MailboxLimits s_limits = new() { MaxDepth = 4, OutcomeRetentionMs = 600, RedeliveryDelayMs = 0 };

    private readonly Dictionary<string, DeviceNumber> _devices = new(StringComparer.Ordinal);
    private readonly List<JobNumber> _jobs = [];
    private readonly List<Sequence> _sent = [];
    private IGatewayStore _store = null!;
    private long _nowMs = 1_000;

    private IJobStore Jobs => _store.Jobs;

    public async Task OpenAsync() => _store = await harness.OpenAsync(s_limits);

    public async Task CloseAsync()
    {
        await _store.DisposeAsync();
        await harness.DisposeAsync();
    }

    public async Task<string> RunAsync(WorkStep step)
    {
        DeviceId id = DeviceId.Parse($"d-{step.A}");
        DeviceNumber device = _devices.GetValueOrDefault(id.Value, new DeviceNumber(1_000_000));
        JobNumber job = _jobs.Count == 0 ? new JobNumber(999) : _jobs[^((step.B % Math.Min(_jobs.Count, 4)) + 1)];
        switch (step.Kind)
        {
            case WorkStepKind.CreateDevice:
                return await CreateAsync(id);
            case WorkStepKind.WriteState:
                return await WriteStateAsync(device, step);
            case WorkStepKind.WriteCheckpoints:
                await (step.C % 2 == 0
                    ? _store.Checkpoints.WriteAsync(Checkpoints(step))
                    : _store.Checkpoints.BeginAsync(Checkpoints(step), $"p-{step.B % 2}"));
                return "written";
            case WorkStepKind.RemoveGroup:
                return $"removed {await _store.Checkpoints.RemoveAsync($"g-{step.A}")}";
            case WorkStepKind.CreateJob:
                return await CreateJobAsync(step);
            case WorkStepKind.MoveJob:
                return $"{await Jobs.MoveAsync(job, (JobState)(1 + (step.C % 4)), step.C % 2 == 0 ? null : $"r-{step.C}", ++_nowMs)}";
            case WorkStepKind.AdvanceJob:
                return $"{await Jobs.AdvanceAsync(Advance(job, id, step))}";
            case WorkStepKind.SendForJob:
                return await SendAsync(id, job, step);
            case WorkStepKind.Receive:
                return await ReceiveAsync(device, step);
            case WorkStepKind.TallyJob:
                return $"{await Jobs.TallyAsync(job, ++_nowMs)}";
            case WorkStepKind.Purge:
                return $"purged {(await _store.Mailboxes.PurgeAsync(device, "purge", _nowMs)).Count}";
            case WorkStepKind.PassTime:
                _nowMs += step.B % 300;
                return $"dropped {(await _store.Mailboxes.SweepAsync(_nowMs, 1_000)).OutcomesDropped}";
            case WorkStepKind.RemoveDevice:
                return $"removed {(await _store.Registry.RemoveDeviceAsync(id, null, _nowMs))?.Ended.Count}";
            default:
                await _store.DisposeAsync();
                await OpenAsync();
                return "restarted";
        }
    }

    public async Task<string> DescribeAsync()
    {
        var lines = new List<string>();
        foreach ((string id, DeviceNumber device) in _devices.OrderBy(d => d.Key, StringComparer.Ordinal))
        {
            StoredState? state = await _store.States.ReadAsync(device);
            lines.Add($"{id}: {Show(state?.Desired)} {Show(state?.Reported)}");
        }

        foreach (string group in await _store.Checkpoints.ListGroupsAsync())
            lines.Add($"{group}: {string.Join(' ', await _store.Checkpoints.ReadAsync(group))}");
        lines.Add($"begun {await _store.Checkpoints.CountBegunAsync("p-0")} {await _store.Checkpoints.CountBegunAsync("p-1")}");
        foreach (JobRecord job in await Jobs.ListAsync(null, 100))
        {
            IReadOnlySet<DeviceId> sent = await Jobs.ListSentAsync(job.Number, job.LastSequence);
            lines.Add($"{job} {Convert.ToHexString((await Jobs.ReadContentAsync(job.Number))!)} "
                + $"waiting {string.Join(' ', await Jobs.ListWaitingAsync(job.Number, default, 3))} "
                + $"sent {string.Join(' ', sent.Select(d => d.Value).Order(StringComparer.Ordinal))} "
                + $"refused {string.Join(' ', await Jobs.ListRefusalsAsync(job.Number, null, 100))}");
        }

        lines.Add($"open {string.Join(' ', (await Jobs.ListOpenAsync()).Select(j => j.Number))}");
        return string.Join('\n', lines);
    }

    private static string Show(StateContent? part) =>
        part is null ? "none" : $"{part.Version}/{part.ChangedAtMs}/{Encoding.UTF8.GetString(part.Json.Span)}";

    private static Checkpoint[] Checkpoints(WorkStep step)
    {
        var first = new Checkpoint($"g-{step.A}", step.B % 4, step.C);
        return step.C % 3 == 0 ? [first, new Checkpoint($"g-{(step.A + 1) % 3}", step.C % 4, step.B)] : [first];
    }

    private async Task<string> CreateAsync(DeviceId id)
    {
        var wish = new NewDevice(id, DeviceStatus.Enabled, SymmetricKey.Generate(), SymmetricKey.Generate());
        if (await _store.Registry.CreateDeviceAsync(wish, _nowMs) is not DeviceRecord created)
            return "exists";
        _devices[id.Value] = created.Number;
        return "created";
    }

    private async Task<string> WriteStateAsync(DeviceNumber device, WorkStep step)
    {
        byte[] json = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"n":{{step.C}}}"""));
        long? ifVersion = step.C % 3 == 0 ? step.B % 4 : null;
        return $"{await _store.States.WriteAsync(device, (StatePart)(step.B % 2), json, ifVersion, ++_nowMs)}";
    }

    private async Task<string> CreateJobAsync(WorkStep step)
    {
        var terms = new JobTerms { StartAtMs = step.C, MaxFailed = step.B % 3 == 0 ? step.C : null, WantsOutcome = step.C % 2 == 0 };
        string creator = step.A % 2 == 0 ? "owner" : "other";
        CreateJobResult created = await Jobs.CreateAsync(
            new NewJob($"q-{step.B}", new byte[] { (byte)step.C }, terms, creator, step.B), MaxJobs, MaxJobsOfCreator, ++_nowMs);
        if (created.Job is JobRecord job)
            _jobs.Add(job.Number);
        return $"{created}";
    }

    private JobAdvance Advance(JobNumber job, DeviceId device, WorkStep step)
    {
        JobRefusal[] refusals = step.C % 4 == 0 ? [new JobRefusal(device, $"no {step.B}")] : [];
        Sequence last = _sent.Count == 0 ? default : _sent[step.B % _sent.Count];
        return new JobAdvance(job, step.C % 5 == 0 ? null : device, last, step.C % 3, refusals, step.C % 6 == 0);
    }

    private async Task<string> SendAsync(DeviceId device, JobNumber job, WorkStep step)
    {
        var item = new EnqueueItem
        {
            Device = device,
            Kind = MessageKind.Command,
            Content = new byte[] { 1 },
            ExpiresAtMs = _nowMs + 50 + (step.C % 500),
            Sender = "owner",
            Flags = step.C % 2 == 0 ? MessageFlags.None : MessageFlags.OutcomeNotWanted,
            Job = job.Value,
        };
        EnqueueResult result = (await _store.Mailboxes.EnqueueAsync(new[] { item }, _nowMs))[0];
        if (result.Status == EnqueueStatus.Enqueued)
            _sent.Add(result.Sequence);
        return $"{result.Status} {result.Sequence}";
    }

    private async Task<string> ReceiveAsync(DeviceNumber device, WorkStep step)
    {
        if (await _store.Mailboxes.OpenSessionAsync(device, _nowMs) is not OpenedSession opened)
            return "no device";
        LeaseResult leased = await _store.Mailboxes.LeaseAsync(new LeaseRequest(device, opened.Epoch, 1 + (step.B % 2), 1_000, _nowMs, 100));
        SettleVerb verb = step.C % 3 == 0 ? SettleVerb.Reject : SettleVerb.Accept;
        SettleItem[] items = [.. leased.Messages.Select(m => new SettleItem(device, opened.Epoch, m.Lease, verb))];
        await _store.Mailboxes.SettleAsync(items, _nowMs);
        await _store.Mailboxes.CloseSessionAsync(device, opened.Epoch, _nowMs);
        return $"{verb} {string.Join(' ', leased.Messages.Select(m => m.Sequence))}";
    }
}
