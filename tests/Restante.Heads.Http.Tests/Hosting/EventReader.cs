namespace Restante.Heads.Http.Tests.Hosting;

/// <summary>Reads server-sent events of a response, one at a time.</summary>
internal sealed class EventReader(HttpResponseMessage response) : IDisposable
{
    private StreamReader? _reader;

    public static async Task<EventReader> OpenAsync(TestHead head, string path, string? lastEventId = null, HttpClient? client = null)
    {
        (string, string)[] headers = lastEventId is null
            ? [("Accept", "text/event-stream")]
            : [("Accept", "text/event-stream"), ("Last-Event-ID", lastEventId)];
        HttpResponseMessage response = await head.SendAsync("GET", path, null, client, headers);
        Assert.True(
            response.IsSuccessStatusCode, response.IsSuccessStatusCode ? null : await response.Content.ReadAsStringAsync());
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new EventReader(response);
    }

    /// <summary>The next event; a comment counts as one with only data; null at the end.</summary>
    public async Task<(string Event, string? Id, string Data)?> NextAsync()
    {
        _reader ??= new StreamReader(await response.Content.ReadAsStreamAsync());
        string name = "", data = "";
        string? id = null;
        while (await _reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)) is string line)
        {
            if (line.Length == 0)
            {
                if (name.Length > 0 || data.Length > 0)
                    return (name, id, data);
            }
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line[7..];
            }
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = line[4..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                data = line[6..];
            }
            else if (line[0] == ':')
            {
                data = line;
            }
        }

        return null;
    }

    public void Dispose() => response.Dispose();
}
