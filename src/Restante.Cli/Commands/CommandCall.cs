using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Restante.Cli.Connecting;
using Restante.Cli.Output;

namespace Restante.Cli.Commands;

/// <summary>One run of a command.</summary>
internal sealed class CommandCall(
    ParseResult parsed, ConnectionSettings settings, bool anonymous, Report report, CliSurroundings surroundings) : IDisposable
{
    private const int PageSize = 200;

    private GatewayClient? _client;

    public ParseResult Parsed { get; } = parsed;

    public Report Report { get; } = report;

    public CliSurroundings Surroundings { get; } = surroundings;

    /// <summary>The gateway; whoever does not ask for it needs neither its address nor a key.</summary>
    public GatewayClient Client => _client ??= new GatewayClient(Surroundings, settings, anonymous);

    /// <summary>A JSON body.</summary>
    public static HttpContent Json<T>(T value, JsonTypeInfo<T> type)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(value, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <summary>The path of a device.</summary>
    public static string DevicePath(string id) => "/v1/devices/" + Uri.EscapeDataString(id);

    /// <summary>The path of one thing below a root.</summary>
    public string PathOf(string root, Argument<string> id) => $"{root}/{Uri.EscapeDataString(Parsed.GetRequiredValue(id))}";

    /// <summary>Reads all pages of a list and shows it: an array for scripts, else a table with a row for each.</summary>
    /// <param name="items">Reads it.</param>
    /// <param name="type">What an item is.</param>
    /// <param name="headings">The headings of the table.</param>
    /// <param name="row">The cells of an item.</param>
    /// <param name="whenEmpty">What is said when there is none.</param>
    public async Task<ExitCode> ShowListAsync<TItem>(
        Task<List<TItem>> items, JsonTypeInfo<TItem> type, string[] headings, Func<TItem, string?[]> row, string whenEmpty)
    {
        List<TItem> all = await items;
        if (Report.IsJson)
            Report.JsonList(all, type);
        else
            Report.Table(headings, all.Select(row), whenEmpty);
        return ExitCode.Done;
    }

    /// <summary>Makes a request without a body and shows the one thing that it is answered with.</summary>
    public async Task<ExitCode> ShowAsync<T>(
        HttpMethod method, string path, JsonTypeInfo<T> type, Action<Report, T> show, CancellationToken cancellation)
    {
        show(Report, await Client.RequestAsync(method, path, null, type, cancellation));
        return ExitCode.Done;
    }

    /// <summary>Reads the pages of a list.</summary>
    /// <param name="path">Its path, and a query if there is one.</param>
    /// <param name="type">What a page is.</param>
    /// <param name="items">The items of a page.</param>
    /// <param name="next">Where the next page begins, null on the last one.</param>
    /// <param name="by">The parameter that says where a page begins.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="from">Where the first page begins; null for the beginning.</param>
    /// <param name="most">How many items at the most.</param>
    public async Task<List<TItem>> ListAsync<TPage, TItem>(
        string path,
        JsonTypeInfo<TPage> type,
        Func<TPage, IReadOnlyList<TItem>> items,
        Func<TPage, string?> next,
        string by,
        CancellationToken cancellation,
        string? from = null,
        int most = int.MaxValue)
    {
        var all = new List<TItem>();
        char separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        string? place = from;
        do
        {
            string asked = string.Create(CultureInfo.InvariantCulture, $"{path}{separator}max={Math.Min(PageSize, most - all.Count)}");
            TPage page = await Client.GetAsync(place is null ? asked : $"{asked}&{by}={Uri.EscapeDataString(place)}", type, cancellation);
            all.AddRange(items(page));
            place = next(page);
        }
        while (place is not null && all.Count < most);
        return all;
    }

    public void Dispose() => _client?.Dispose();
}
