using System.Text;

namespace Restante.Cli.Connecting;

/// <summary>Reads server-sent events.</summary>
internal sealed class EventStreamReader(TextReader reader)
{
    /// <summary>The next event; null at the end. An event without a name is called <c>message</c>.</summary>
    public async ValueTask<(string Name, string? Id, string Data)?> NextAsync(CancellationToken cancellation)
    {
        string name = "message";
        string? id = null;
        StringBuilder? data = null;
        while (await reader.ReadLineAsync(cancellation) is string line)
        {
            if (line.Length == 0)
            {
                if (data is not null)
                    return (name, id, data.ToString());
                name = "message";
                continue;
            }

            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon == 0)
                continue;
            string field = colon < 0 ? line : line[..colon];
            string value = colon < 0 ? string.Empty : line[(colon + 1)..];
            if (value.StartsWith(' '))
                value = value[1..];
            if (field == "event")
                name = value;
            else if (field == "id")
                id = value;
            else if (field == "data")
                data = data is null ? new StringBuilder(value) : data.Append('\n').Append(value);
        }

        return null;
    }
}
