using System.Net;
using System.Text.Json;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

/// <summary>Pages end by bytes, and the next one goes on where they end.</summary>
public sealed class PageTests
{
    private const int MaxBytes = 65_536;
    private const int Items = 14;

    [Theory]
    [InlineData("/v1/devices", "after")]
    [InlineData("/v1/devices/d/mailbox", "after")]
    [InlineData("/v1/reports", "after")]
    public async Task A_page_ends_by_bytes_and_nothing_is_left_out_or_shown_twice(string path, string by)
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { MaxPageBytes = MaxBytes });
        DeviceRecord device = (await head.Gateway.Devices.CreateAsync("d", tags: Tags())).Value!;
        for (int i = 1; i < Items; i++)
            Assert.True((await head.Gateway.Devices.CreateAsync($"d{i:00}", tags: Tags())).IsSuccess);
        byte[] content = new MessageContent { BodyKind = BodyKind.Text, Body = new byte[9_000].Select(static _ => (byte)'x').ToArray() }.Encode();
        for (int i = 1; i <= Items; i++)
        {
            using HttpResponseMessage sent = await head.SendAsync("POST", "/v1/devices/d/commands", $$"""{"body":"{{new string('x', 9_000)}}"}""");
            Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
            Assert.True((await head.Gateway.Reports.ReportAsync(head.Principal(device), new Sequence(i), content, isFinal: true)).IsSuccess);
        }

        var seen = new List<string>();
        int pages = 0;
        for (string? next = null; ; pages++)
        {
            using HttpResponseMessage got = await head.SendAsync("GET", $"{path}?max=1000" + (next is null ? "" : $"&{by}={next}"));
            string text = await got.Content.ReadAsStringAsync();
            Assert.Equal(HttpStatusCode.OK, got.StatusCode);
            Assert.InRange(text.Length, 1, MaxBytes + 1_024);
            JsonElement page = JsonDocument.Parse(text).RootElement;
            JsonElement[] items = [.. page.GetProperty("items").EnumerateArray()];
            seen.AddRange(items.Select(static i => i.TryGetProperty("command", out JsonElement of) ? of.ToString() : i.GetProperty("id").ToString()));
            next = page.TryGetProperty("next", out JsonElement place) ? place.ToString() : null;
            if (next is null || items.Length == 0)
                break;
        }

        Assert.Equal(Items, seen.Count);
        Assert.Equal(Items, seen.Distinct().Count());
        Assert.InRange(pages, 1, Items);
    }

    private static string Tags() => $$"""{"t":"{{new string('x', 7_900)}}"}""";
}
