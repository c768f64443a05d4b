using System.Net;
using System.Text.Json;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Paging;
using Restante.Core.Refusals;
using Restante.Heads.Http.Feeds;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Storage.Conformance;

namespace Restante.Heads.Http.Tests;

/// <summary>A page of a feed ends where the feed ends or the page is full, also for a reader that is not shown all.</summary>
public sealed class FeedPageTests
{
    private const int Records = 240;
    private const int EachOf = 4;

    [Theory]
    [InlineData("/v1/outcomes")]
    [InlineData("/v1/reports")]
    public async Task Who_is_shown_every_fourth_record_moves_on_as_who_is_shown_all(string path)
    {
        await using TestHead head = await TestHead.StartAsync();
        PolicyScope scope = PolicyScope.Create("id = 'd0'").Value!;
        PolicyRecord policy = (await head.Gateway.Policies.CreateAsync("p", Rights.Send, null, scope)).Value!;
        using HttpClient client = head.NewClient("policy/p", policy.PrimaryKey.Reveal());
        await FillAsync(head);

        (int[] items, long next) = await ReadAsync(head, client, path, 0, 1_000);
        int[] shown = [.. Enumerable.Range(1, Records).Where(static i => i % EachOf == 0)];
        Assert.Equal(shown, items);
        Assert.Equal(Records, next);

        // Full pages, and each record on one of them.
        var read = new List<int>();
        for (long after = 0; after < Records;)
        {
            (items, after) = await ReadAsync(head, client, path, after, 25);
            read.AddRange(items);
            Assert.True(items.Length == 25 || after == Records);
        }

        Assert.Equal(shown, read);
    }

    [Fact]
    public async Task A_page_ends_when_enough_was_looked_at()
    {
        const int Found = 3_000;
        int reads = 0;
        Result<FeedPage<long>> read = await FeedPage<long>.ReadAsync(
            5,
            new PageBounds(1_000, 1_000_000, 8),
            (after, _) => ValueTask.FromResult<Result<FeedPage<long>>>(
                ++reads > 100
                    ? new Refusal(RefusalKind.Unavailable, "It goes on and on.")
                    : new FeedPage<long>([after + Found], after + Found, 0, IsUnfinished: true)),
            static place => place,
            static _ => 1);
        Assert.True(read.IsSuccess);
        Assert.Equal([3_005, 6_005, 9_005, 12_005], read.Value.Items);
        Assert.Equal(12_005, read.Value.Next);
    }

    // One after the other of each of four devices; a command is reported on and ends by its number.
    private static async Task FillAsync(TestHead head)
    {
        byte[] content = new MessageContent { BodyKind = BodyKind.Text, Body = "x"u8.ToArray() }.Encode();
        var devices = new DeviceRecord[EachOf];
        for (int i = 0; i < EachOf; i++)
            devices[i] = await head.AddDeviceAsync($"d{i}");
        var all = new ServicePrincipal("all", Rights.Admin, CredentialSlot.Primary, long.MaxValue);
        for (int i = 1; i <= Records; i++)
        {
            DeviceRecord device = devices[i % EachOf];
            Sequence sent = (await head.Gateway.Mailboxes.SendCommandAsync(all, device.Id.Value, content)).Value!.Sequence;
            Assert.Equal(i, sent.Value);
            Assert.True((await head.Gateway.Reports.ReportAsync(head.Principal(device), sent, content, isFinal: true)).IsSuccess);
            Assert.True((await head.Gateway.Mailboxes.CancelAsync(sent, "all")).IsSuccess);
        }
    }

    // The commands on a page, and where the next begins.
    private static async Task<(int[] Items, long Next)> ReadAsync(TestHead head, HttpClient client, string path, long after, int max)
    {
        using HttpResponseMessage got = await head.SendAsync("GET", $"{path}?after={after}&max={max}", null, client);
        string text = await got.Content.ReadAsStringAsync();
        Assert.True(got.StatusCode == HttpStatusCode.OK, text);
        JsonElement page = JsonDocument.Parse(text).RootElement;
        return (
            [.. page.GetProperty("items").EnumerateArray().Select(static i => int.Parse(
                (i.TryGetProperty("command", out JsonElement of) ? of : i.GetProperty("id")).GetString()!,
                System.Globalization.CultureInfo.InvariantCulture))],
            page.GetProperty("next").GetInt64());
    }
}
