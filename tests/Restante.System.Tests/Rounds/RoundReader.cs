using System.Text.Json;
using Restante.Contracts;
using Restante.System.Tests.CrossProtocol;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Rounds;

/// <summary>A service that reads telemetry as the reader of a consumer group, and confirms what it has read, but not always.</summary>
internal sealed class RoundReader(History history)
{
    private const string Path = "/v1/telemetry/groups/rounds/checkpoints";

    public async Task LiveAsync(GatewayProcess gateway, Random dice, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                using HttpClient http = gateway.CreateHttpClient($"policy/admin:{gateway.AdminKey}");
                while (true)
                {
                    await Task.Delay(dice.Next(5, 40), end);
                    await ReadAsync(http, dice.Next(1, 30), waitSeconds: 5, isConfirmed: dice.Next(5) > 0, end);
                }
            }
            catch (Exception e) when (RoundDevice.IsEnd(e))
            {
                // The gateway is gone, or has no disk.
            }

            if (!end.IsCancellationRequested)
                await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <summary>Reads what comes next, and confirms it. Returns how much there was.</summary>
    public async Task<int> ReadAsync(HttpClient http, int max, int waitSeconds, bool isConfirmed, CancellationToken end)
    {
        double from = History.Now;
        string path = $"/v1/telemetry?group=rounds&reader=one&from=earliest&wait={waitSeconds}&max={max}";
        StreamPage page = JsonSerializer.Deserialize(await http.GetStringAsync(path, end), RestanteJson.Plain.StreamPage)!;
        foreach (StreamRecordView record in page.Items)
            history.Add(Telemetry(Act.GroupRead, record, from) with { To = History.Now });
        List<PartitionPlace> places =
        [
            .. page.Items.GroupBy(static r => r.Partition!.Value)
                .Select(static p => new PartitionPlace { Partition = p.Key, SequenceNumber = p.Max(static r => r.SequenceNumber) }),
        ];
        if (isConfirmed && places.Count > 0)
            await ConfirmAsync(http, places, end);
        return page.Items.Count;
    }

    /// <summary>What a record of the stream says, as an entry that has not ended.</summary>
    public static Entry Telemetry(Act act, StreamRecordView record, double from)
    {
        (string sender, string number) = Mark.Read(HttpsLetter.Read(record).Body);
        return new Entry
        {
            Act = act,
            From = from,
            To = 0,
            Device = record.Device,
            Word = sender,
            Number = long.TryParse(number, out long parsed) ? parsed : 0,
            Partition = record.Partition!.Value,
            Id = record.SequenceNumber,
        };
    }

    private async Task ConfirmAsync(HttpClient http, List<PartitionPlace> places, CancellationToken end)
    {
        double from = History.Now;
        string json = JsonSerializer.Serialize(
            new CheckpointCreation { Reader = "one", Partitions = places }, RestanteJson.Plain.CheckpointCreation);
        (Reply reply, string words) = (Reply.None, string.Empty);
        try
        {
            using HttpResponseMessage answer = await http.PostAsync(Path, GatewayProcess.Json(json), end);
            words = answer.IsSuccessStatusCode ? string.Empty : await answer.Content.ReadAsStringAsync(end);
            reply = answer.IsSuccessStatusCode ? Reply.Done : Reply.Refused;
        }
        finally
        {
            foreach (PartitionPlace place in places)
            {
                history.Add(new Entry
                {
                    Act = Act.GroupConfirmed,
                    From = from,
                    To = History.Now,
                    Reply = reply,
                    Word = words,
                    Partition = place.Partition,
                    Id = place.SequenceNumber,
                });
            }
        }
    }
}
