using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Restante.Cli.Connecting;
using Restante.Cli.Output;

namespace Restante.Cli.Commands;

/// <summary>One run of a command.</summary>
internal sealed record CommandCall(ParseResult Parsed, GatewayClient Client, Report Report, CliSurroundings Surroundings)
{
    /// <summary>A JSON body.</summary>
    public static HttpContent Json<T>(T value, JsonTypeInfo<T> type)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(value, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <summary>The path of a device.</summary>
    public static string DevicePath(string id) => "/v1/devices/" + Uri.EscapeDataString(id);
}
