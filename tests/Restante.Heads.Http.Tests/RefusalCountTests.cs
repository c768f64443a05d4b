using System.Diagnostics.Metrics;
using Restante.Core.Access;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class RefusalCountTests : IDisposable
{
    private readonly List<string> _counted = [];
    private readonly MeterListener _listener = new();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Whatever_is_refused_is_counted_once_by_its_kind()
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { MaxLongPolls = 1 });
        using HttpClient reader = await head.NewServiceAsync(Rights.RegistryRead);
        using EventReader waiting = await EventReader.OpenAsync(head, "/v1/events");
        Listen(head);
        (string Method, string Path, string? Json, HttpClient Client, string Kind)[] refused =
        [
            ("GET", "/v1/devices/none", null, head.Client, "NotFound"),
            ("GET", "/v1/nowhere", null, head.Client, "NotFound"),
            ("PUT", "/v1/devices", "{}", head.Client, "Malformed"),
            ("POST", "/v1/devices", "{", head.Client, "Malformed"),
            ("GET", "/v1/devices?colour=red", null, head.Client, "Malformed"),
            ("POST", "/v1/devices", "\"" + new string('x', 20_000) + "\"", head.Client, "TooLarge"),
            ("GET", "/v1/devices", null, head.Anonymous, "Unauthorized"),
            ("DELETE", "/v1/devices/d", null, reader, "Forbidden"),
            ("GET", "/v1/outcomes?wait=1", null, head.Client, "Throttled"),
        ];
        foreach ((string method, string path, string? json, HttpClient client, string kind) in refused)
        {
            (await head.SendAsync(method, path, json, client)).Dispose();
            Assert.Equal(kind, Assert.Single(_counted));
            _counted.Clear();
        }

        (await head.SendAsync("GET", "/v1/devices")).Dispose();
        Assert.Empty(_counted);
    }

    [Fact]
    public async Task Lines_of_an_import_and_streams_that_the_store_gives_up_are_counted_too()
    {
        var streams = new Restante.Storage.Conformance.Streams.MemoryStreamStore();
        await using TestHead head = await TestHead.StartAsync(streams: streams);
        Listen(head);
        using var lines = new StringContent(
            "{\"id\":\"a\"}\n{\"id\":\"a\",\"status\":\"disabled\"}\nx", System.Text.Encoding.UTF8, "application/x-ndjson");
        (await head.Client.PostAsync("/v1/devices/import", lines)).Dispose();
        Assert.Equal(["Conflict", "Malformed"], _counted.Order());
        _counted.Clear();

        using EventReader events = await EventReader.OpenAsync(head, "/v1/telemetry");
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(15));
        streams.Unavailable = true;
        head.Time.Advance(TimeSpan.FromSeconds(15));
        while (await events.NextAsync() is not null)
        {
            // Until the stream has ended.
        }

        Assert.Equal(["Unavailable"], _counted);
    }

    private void Listen(TestHead head)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (head.Gateway.Metrics.Owns(instrument) && instrument.Name == "restante.refusals")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            lock (_counted)
                _counted.Add((string)tags[0].Value!);
        });
        _listener.Start();
    }
}
