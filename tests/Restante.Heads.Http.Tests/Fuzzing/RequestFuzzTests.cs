using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Logging;
using Restante.Contracts;
using Restante.Heads.Http.Endpoints;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Storage.Conformance.Fuzzing;

namespace Restante.Heads.Http.Tests.Fuzzing;

/// <summary>
/// Requests out of the description of the interface, damaged, from everybody who may come or not: each is answered as described, by a
/// problem where it is refused, never by a fault of our own, and nobody sees what is another's. Runs alone, as it looks at the memory of
/// the process.
/// </summary>
[CollectionDefinition(nameof(RequestFuzzTests), DisableParallelization = true)]
[Collection(nameof(RequestFuzzTests))]
public sealed class RequestFuzzTests
{
    private const int MaxShown = 20;
    private const int MaxAnswerBytes = 4 * 1024 * 1024;

    // What all that requests leave behind may take, however many there were: mailboxes, streams and histories have limits of their own.
    private const long MaxHeldBytes = 512L * 1024 * 1024;

    [Fact]
    public async Task Whatever_is_asked_is_answered_as_described_and_shows_nobody_what_is_anothers()
    {
        var faults = new ConcurrentQueue<Exception>();
        using var logs = new FaultLog(faults);
        await using TestHead head = await TestHead.StartAsync(logs: logs);
        using OpenDocument document = await OpenDocument.ReadAsync(head.Anonymous);
        TestServer server = head.App.GetTestServer();
        var visitors = new Visitors(head);
        var met = new Dictionary<int, int>();
        var seen = new SeenValues();
        Visitor? holder = null;
        var found = new Dictionary<string, string>();
        int rounds = FuzzRounds.Of(1_500, cost: 20);
        for (int round = 0; round < rounds; round++)
        {
            var random = new Random(round);
            foreach (string device in Visitors.Devices)
                await visitors.ThereAsync(device);
            Visitor visitor = holder is not null && random.Next(4) > 0 ? holder : await visitors.NextAsync(random);
            FuzzRequest request = FuzzRequest.Make(random, document, visitor, seen, visitor == holder);
            head.Time.Advance(TimeSpan.FromMilliseconds(random.Next(10_000)));
            FuzzAnswer answer = await AskAsync(server, request, visitor);
            string? fault = faults.TryDequeue(out Exception? thrown) ? thrown.ToString() : FaultOf(document, request, visitor, answer);
            if (fault is not null)
                found.TryAdd($"{answer.Card?.Name} {fault}", $"Round {round}, {visitor.Name}: {request}\n{answer}\n{fault}");
            holder = fault is null && seen.Learn(answer.Media, answer.Body) ? visitor : null;
            met[answer.Status] = met.GetValueOrDefault(answer.Status) + 1;
        }

        Assert.True(found.Count == 0, string.Join("\n\n", found.Values.Take(MaxShown)));

        // Not all was refused at the door.
        Assert.All((int[])[200, 201, 204, 400, 401, 403, 404], status => Assert.True(met.ContainsKey(status),
            $"No {status} among {string.Join(", ", met)}"));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true), 0, MaxHeldBytes);
    }

    private static async Task<FuzzAnswer> AskAsync(TestServer server, FuzzRequest request, Visitor visitor)
    {
        using var stop = new CancellationTokenSource();
        HttpContext context = await server.SendAsync(c => request.Write(c, visitor), stop.Token).WaitAsync(TimeSpan.FromSeconds(60));
        HttpResponse response = context.Response;
        string? media = response.ContentType?.Split(';')[0];
        var body = new MemoryStream();
        if (media == "text/event-stream")
            await stop.CancelAsync();
        else
            await response.Body.CopyToAsync(body).WaitAsync(TimeSpan.FromSeconds(60));
        string headers = string.Join('\n', response.Headers.Select(h => $"{h.Key}: {h.Value}"));
        return new FuzzAnswer(response.StatusCode, media, headers, body.ToArray(),
            context.GetEndpoint()?.Metadata.GetMetadata<EndpointCard>());
    }

    private static string? FaultOf(OpenDocument document, FuzzRequest request, Visitor visitor, FuzzAnswer answer)
    {
        if (answer.Status >= 500 && answer.Status != 503)
            return "a fault of the gateway";
        if (answer.Body.Length > MaxAnswerBytes)
            return $"an answer of {answer.Body.Length} bytes";
        if (ForeignIn(request, visitor, answer) is string foreign)
            return foreign;
        bool isBare = request.Method == "HEAD";
        if (answer.Card is EndpointCard card)
        {
            if (answer.Media != "text/event-stream"
                && document.FaultOf(card.Method, card.Pattern, answer.Status, answer.Media, answer.Body) is string undescribed)
            {
                return undescribed;
            }

            isBare |= answer.Status == 503;
        }

        return answer.Status < 400 || isBare ? null : FaultOfProblem(answer);
    }

    private static string? FaultOfProblem(FuzzAnswer answer)
    {
        if (answer.Media != ProblemView.MediaType)
            return "a refusal that is no problem document";
        ProblemView problem = JsonSerializer.Deserialize(answer.Body, RestanteJson.Default.ProblemView)!;
        return problem.Status == answer.Status && problem.Type == "urn:restante:problem:" + problem.Kind
            && !string.IsNullOrEmpty(problem.Title)
            ? null
            : "a problem document that contradicts its answer";
    }

    // Services see what their rights say; a device sees its own, and that of the one that it acts for.
    private static string? ForeignIn(FuzzRequest request, Visitor visitor, FuzzAnswer answer)
    {
        if (visitor.Device is null && answer.Status is not (401 or 403))
            return null;
        string seen = answer.Headers + "\n" + Encoding.UTF8.GetString(answer.Body);
        foreach (string device in Visitors.Devices)
        {
            // Twelve characters stand in base64 by themselves.
            string mark = Visitors.MarkOf(device)[..12];
            bool isOwn = device == visitor.Device || device == request.About;
            string encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(mark));
            if (!isOwn && (seen.Contains(mark, StringComparison.Ordinal) || seen.Contains(encoded, StringComparison.Ordinal)))
                return $"what is of device {device}";
        }

        return null;
    }

    private sealed record FuzzAnswer(int Status, string? Media, string Headers, byte[] Body, EndpointCard? Card)
    {
        public override string ToString() =>
            $"{Status} {Media} at {Card?.Method} {Card?.Pattern}: {FuzzRounds.Show(Encoding.UTF8.GetString(Body))}";
    }

    private sealed class FaultLog(ConcurrentQueue<Exception> faults) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?,
            string> formatter)
        {
            if (logLevel >= LogLevel.Error)
                faults.Enqueue(exception ?? new InvalidOperationException(formatter(state, null)));
        }

        public void Dispose()
        {
        }
    }
}
