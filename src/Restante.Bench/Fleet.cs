using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Restante.Bench.Measuring;

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
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = 64 },
            async (number, cancellation) =>
            {
                string id = Id(number);
                string groups = group?.Invoke(number) is string name ? $", \"groups\": [\"{name}\"]" : string.Empty;
                string json = $$"""{ "id": "{{id}}", "keys": { "primary": "{{Key(id)}}", "secondary": "{{Key(id)}}" }{{groups}} }""";
                using var body = new StringContent(json, Encoding.UTF8, "application/json");
                using HttpResponseMessage response = await server.Http.PostAsync("/v1/devices", body, cancellation);
                if (response.StatusCode is not (HttpStatusCode.Created or HttpStatusCode.Conflict))
                {
                    string answer = await response.Content.ReadAsStringAsync(cancellation);
                    throw new BenchException($"Device {id} could not be registered: {answer}");
                }
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
}
