using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Restante.Core.Paging;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

/// <summary>An export writes no more than its reader takes, however large what is exported.</summary>
public sealed class ExportFlushTests
{
    private const int Devices = (2 * PageBounds.UsualStep) + 20;
    private const int StateBytes = 8_000;

    [Theory]
    [InlineData("/v1/devices/export?desired", StateBytes)]
    [InlineData("/v1/devices/export", 0)]
    public async Task An_export_hands_on_what_it_writes_by_and_by(string path, int stateBytes)
    {
        CountedBody? body = null;
        await using TestHead head = await TestHead.StartAsync(more: app => app.Use(next => context =>
        {
            if (context.Request.Path == "/v1/devices/export")
                context.Features.Set<IHttpResponseBodyFeature>(body = new CountedBody(context.Features.GetRequiredFeature<IHttpResponseBodyFeature>()));
            return next(context);
        }));
        var lines = new StringBuilder();
        string tags = new('t', 4_000), state = new('s', StateBytes);
        for (int i = 0; i < Devices; i++)
        {
            lines.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $$$"""{"id":"d{{{i:000}}}","tags":{"t":"{{{tags}}}"},"desired":{"s":"{{{state}}}"}}""");
            lines.Append('\n');
        }

        using var import = new StringContent(lines.ToString(), Encoding.UTF8, "application/x-ndjson");
        using HttpResponseMessage imported = await head.Client.PostAsync("/v1/devices/import", import);
        Assert.Equal(HttpStatusCode.OK, imported.StatusCode);

        using HttpResponseMessage exported = await head.SendAsync("GET", path);
        string[] got = (await exported.Content.ReadAsStringAsync()).TrimEnd('\n').Split('\n');
        int line = 4_200 + (stateBytes == 0 ? 0 : stateBytes + 100);
        Assert.All(got, one => Assert.InRange(one.Length, Math.Max(4_000, stateBytes), line));
        Assert.Equal(Enumerable.Range(0, Devices).Select(i => $"{{\"id\":\"d{i:000}\""), got.Select(one => one[..12]));
        Assert.InRange(body!.Most, line, (64 * 1024) + line);
    }
}
