using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Restante.Core.Access;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

/// <summary>What one policy reads at once is bounded; the rest stands in line, and other policies and their requests do not.</summary>
public sealed class ReadingTurnsTests
{
    private const int WaitSeconds = 7;

    private static readonly HttpHeadOptions s_one = new() { MaxReadingsPerPolicy = 1, ReadingWaitSeconds = WaitSeconds };

    [Fact]
    public async Task One_more_stands_in_line_and_is_refused_when_its_time_is_over()
    {
        await using TestHead head = await TestHead.StartAsync(s_one);
        using HttpClient other = await head.NewServiceAsync(Rights.RegistryRead);
        Pipe[] bodies = [new(), new()];
        Task<HttpResponseMessage>[] imports = Array.ConvertAll(bodies, body => ImportAsync(head.Client, body));
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(WaitSeconds));

        // One of the two is under way, the other stands in line. Another policy has a line of its own; who waits for news stands in none.
        using (HttpResponseMessage page = await head.SendAsync("GET", "/v1/devices", client: other))
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        using (HttpResponseMessage poll = await head.SendAsync("GET", "/v1/outcomes?wait=0"))
            Assert.Equal(HttpStatusCode.OK, poll.StatusCode);

        head.Time.Advance(TimeSpan.FromSeconds(WaitSeconds));
        Task<HttpResponseMessage> first = await Task.WhenAny(imports);
        using (HttpResponseMessage refused = await first)
        {
            await TestHead.RefusedAsync(refused, 429, "throttled");
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        foreach (Pipe body in bodies)
            await body.Writer.CompleteAsync();
        using HttpResponseMessage imported = await imports.Single(i => i != first);
        Assert.Equal(HttpStatusCode.OK, imported.StatusCode);
        using HttpResponseMessage next = await head.SendAsync("GET", "/v1/devices");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task Who_stands_in_line_has_the_next_turn_and_whose_client_has_gone_leaves_it()
    {
        var turns = new ReadingTurns(s_one, new ManualTime());
        var by = new ServicePrincipal("p", Rights.RegistryRead, CredentialSlot.Primary, long.MaxValue);
        Assert.True(turns.TryTake(by));
        Assert.False(turns.TryTake(by));
        using var gone = new CancellationTokenSource();
        Task<bool> leaves = turns.TakeAsync(by, gone.Token).AsTask();
        Task<bool> next = turns.TakeAsync(by, CancellationToken.None).AsTask();
        Assert.Equal(2, turns.Waiting);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves);
        Assert.False(next.IsCompleted);
        turns.Give(by);
        Assert.True(await next);
        Assert.Equal(0, turns.Waiting);
        turns.Give(by);
        Assert.Equal(0, turns.Policies);
    }

    private static Task<HttpResponseMessage> ImportAsync(HttpClient client, Pipe body)
    {
        var content = new StreamContent(body.Reader.AsStream());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        return client.PostAsync("/v1/devices/import", content);
    }
}
