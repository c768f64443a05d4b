using System.Globalization;
using System.Net;
using System.Text.Json;
using Restante.Contracts;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Crashes;

/// <summary>The one reader of a consumer group.</summary>
internal sealed class PlaceGroup(GatewayProcess gateway)
{
    private const string Path = "/v1/telemetry/groups/crash/checkpoints";

    private readonly Dictionary<int, long> _confirmed = [];
    private readonly List<string> _repeated = [];
    private readonly List<long> _bodies = [];
    private readonly HashSet<(int Partition, long Number)> _seen = [];
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyCollection<long>? _wanted;

    /// <summary>What came although the group had confirmed it.</summary>
    public IReadOnlyList<string> Repeated => _repeated;

    /// <summary>What came, in the order in which it came first. All of one device, so all of one partition.</summary>
    public IReadOnlyList<long> Bodies => _bodies;

    /// <summary>Ends when all of these have come.</summary>
    public Task HasSeen(IReadOnlyCollection<long> bodies)
    {
        lock (_gate)
        {
            _wanted = bodies;
            LookWhetherDone();
        }

        return _all.Task;
    }

    public async Task ReadAsync(CancellationToken killed)
    {
        try
        {
            using HttpClient http = gateway.CreateHttpClient($"policy/admin:{gateway.AdminKey}");
            while (true)
            {
                string text = await http.GetStringAsync("/v1/telemetry?group=crash&reader=one&from=earliest&max=7&wait=20", killed);
                StreamPage page = JsonSerializer.Deserialize(text, RestanteJson.Plain.StreamPage)!;
                if (page.Items.Count > 0)
                    await ConfirmAsync(http, Take(page), killed);
            }
        }
        catch (Exception e) when (PatternLedger.IsEnd(e))
        {
            // The gateway was killed, or the test is done.
        }
    }

    private List<PartitionPlace> Take(StreamPage page)
    {
        lock (_gate)
        {
            foreach (StreamRecordView record in page.Items)
            {
                int partition = record.Partition!.Value;
                if (record.SequenceNumber <= _confirmed.GetValueOrDefault(partition))
                    _repeated.Add($"{partition}/{record.SequenceNumber}");
                if (_seen.Add((partition, record.SequenceNumber)))
                    _bodies.Add(long.Parse(record.Body!.Value.GetString()!, CultureInfo.InvariantCulture));
            }

            LookWhetherDone();
        }

        return
        [
            .. page.Items.GroupBy(r => r.Partition!.Value)
                .Select(p => new PartitionPlace { Partition = p.Key, SequenceNumber = p.Max(r => r.SequenceNumber) }),
        ];
    }

    private async Task ConfirmAsync(HttpClient http, List<PartitionPlace> places, CancellationToken killed)
    {
        var wish = new CheckpointCreation { Reader = "one", Partitions = places };
        string json = JsonSerializer.Serialize(wish, RestanteJson.Plain.CheckpointCreation);
        using HttpResponseMessage answer = await http.PostAsync(Path, GatewayProcess.Json(json), killed);
        Assert.True(answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.ServiceUnavailable, $"{Path}: {answer}");
        foreach (PartitionPlace place in answer.IsSuccessStatusCode ? places : [])
            _confirmed[place.Partition] = place.SequenceNumber;
    }

    // Called under the gate.
    private void LookWhetherDone()
    {
        if (_wanted?.All(_bodies.Contains) == true)
            _all.TrySetResult();
    }
}
