using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Restante.Bench.Measuring;
using Restante.Contracts;

namespace Restante.Bench;

/// <summary>The devices of a bench. Their keys follow from their ids, so that a second run finds them again.</summary>
internal static class Fleet
{
    public static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"bench-{number:D7}");

    public static string Key(string id) => Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes("restante bench " + id)));

    /// <summary>Registers devices; those that exist already are taken as they are.</summary>
    /// <param name="server">Where.</param>
    /// <param name="count">How many.</param>
    /// <param name="group">The group of each by its number; null for none.</param>
    public static async Task RegisterAsync(ServerUnderTest server, int count, Func<int, string?>? group = null)
    {
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count).Chunk(DeviceImportView.MaxFailures),
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (numbers, cancellation) =>
            {
                var lines = new StringBuilder();
                foreach (int number in numbers)
                    lines.Append(Line(number, group?.Invoke(number))).Append('\n');
                using var body = new StringContent(lines.ToString(), Encoding.UTF8, "application/x-ndjson");
                using HttpResponseMessage response = await server.Http.PostAsync("/v1/devices/import", body, cancellation);
                string answer = await response.Content.ReadAsStringAsync(cancellation);
                if (!response.IsSuccessStatusCode)
                    throw new BenchException($"Devices could not be registered: {answer}");
                DeviceImportView done = JsonSerializer.Deserialize(answer, RestanteJson.Plain.DeviceImportView)!;
                if (done.Failures.FirstOrDefault(static f => f.Kind != "conflict") is ImportFailure failure)
                    throw new BenchException($"Device {failure.Id} could not be registered: {failure.Detail}");
            });
    }

    /// <summary>Refuses what this process cannot hold open.</summary>
    public static void CheckDescriptors(int connections)
    {
        long limit = ProcessFacts.MaxOpenFiles();
        if (connections + 200 > limit)
        {
            throw new BenchException(
                $"{connections} connections need more than the {limit} files this process may have open. Raise the limit (ulimit -n), "
                + "or run several benches against one gateway (--url).");
        }
    }

    private static string Line(int number, string? group)
    {
        string id = Id(number);
        string groups = group is null ? string.Empty : $", \"groups\": [\"{group}\"]";
        return $$"""{ "id": "{{id}}", "keys": { "primary": "{{Key(id)}}", "secondary": "{{Key(id)}}" }{{groups}} }""";
    }
}
