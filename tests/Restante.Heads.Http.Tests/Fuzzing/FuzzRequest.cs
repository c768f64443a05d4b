using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Restante.Heads.Http.Admission;
using Restante.Storage.Conformance.Fuzzing;

namespace Restante.Heads.Http.Tests.Fuzzing;

/// <summary>A request made out of an operation of the description, and then damaged.</summary>
internal sealed class FuzzRequest
{
    private static readonly string[] s_methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "BREW"];

    // What gives others something to do is asked for more often.
    private static readonly string[] s_fruitful =
        ["/v1/devices/{id}/commands", "/v1/mailbox", "/v1/inquiries/{name}", "/v1/telemetry", "/v1/telemetry/{channel}"];

    private static readonly string[] s_pieces = ["/", "//", "..", "%2e", "%00", "\0", "é", "\ud800", "v1", new('a', 2_000)];

    private static readonly string[] s_media =
        ["application/json", "text/plain", "application/octet-stream", "application/json; charset=utf-16", "/",
            "application/merge-patch+json", "text/event-stream", "é"];

    public required string Method { get; set; }

    public required string Path { get; set; }

    public string Query { get; private set; } = "";

    public List<(string Name, string Value)> Headers { get; } = [];

    public byte[]? Body { get; private set; }

    public string? ContentType { get; private set; }

    /// <summary>The device whose things the request is about: its own, the one acted for, or the one in the path; null for none.</summary>
    public string? About { get; private set; }

    /// <summary>Makes one.</summary>
    /// <param name="random">The source.</param>
    /// <param name="document">The description.</param>
    /// <param name="visitor">Who will ask.</param>
    /// <param name="seen">What was told before.</param>
    /// <param name="settles">True when the visitor has just been given something with a lease.</param>
    public static FuzzRequest Make(Random random, OpenDocument document, Visitor visitor, SeenValues seen, bool settles)
    {
        (string Method, string Path, JsonElement Operation)[] among =
            [.. document.Operations.Where(o => settles ? o.Path.Contains("{lease}", StringComparison.Ordinal)
                : s_fruitful.Contains(o.Path))];
        if (!settles && random.Next(3) > 0)
            among = [.. document.Operations];
        (string method, string path, JsonElement operation) = among[random.Next(among.Length)];
        string? about = visitor.Device ?? (path.StartsWith("/v1/devices/{id}", StringComparison.Ordinal)
            ? Visitors.Devices[random.Next(Visitors.Devices.Length)] : null);
        bool acts = visitor.Device is not null && random.Next(6) == 0;
        if (acts)
            about = random.Next(3) == 0 ? Visitors.Devices[random.Next(Visitors.Devices.Length)] : "child";
        var maker = new BodyMaker(document, random, Visitors.MarkOf(about ?? ""));
        string[] parts = [.. path.Split('/').Select(part => !part.StartsWith('{') ? part
            : part == "{id}" && visitor.Device is null && about is not null ? about
            : random.Next(3) > 0 && seen.Pick(random, part.Trim('{', '}')) is string known ? known
            : maker.Text(part.Trim('{', '}')))];
        var request = new FuzzRequest { Method = method, Path = string.Join('/', parts), About = about };
        if (acts)
            request.Headers.Add((AdmissionGate.ActFor, about!));
        if (operation.TryGetProperty("parameters", out JsonElement parameters))
            request.AddParameters(parameters, random, maker);
        if (operation.TryGetProperty("requestBody", out JsonElement body))
            request.AddBody(body, random, maker);
        request.Spoil(random, maker);
        return request;
    }

    /// <summary>Puts the request into a context.</summary>
    public void Write(HttpContext context, Visitor visitor)
    {
        HttpRequest request = context.Request;
        request.Method = Method;
        request.Path = new PathString(Framed(Path));
        request.QueryString = new QueryString(Framed(Query));
        if (visitor.Authorization.Length > 0)
            request.Headers.Authorization = visitor.Authorization;
        foreach ((string name, string value) in Headers)
            request.Headers.Append(Framed(name), Framed(value));
        if (ContentType is not null)
            request.ContentType = ContentType;
        if (Body is null)
            return;
        request.Body = new MemoryStream(Body);
        request.ContentLength = Body.Length;
    }

    public override string ToString() =>
        $"{Method} {FuzzRounds.Show(Path)} {Query} [{string.Join("; ", Headers.Select(h => $"{h.Name}: {h.Value}"))}] {ContentType} "
        + FuzzRounds.Show(Body is null ? "" : Encoding.UTF8.GetString(Body));

    private void AddParameters(JsonElement parameters, Random random, BodyMaker maker)
    {
        int few = random.Next(4);
        foreach (JsonElement parameter in parameters.EnumerateArray())
        {
            string name = parameter.GetProperty("name").GetString()!;
            string place = parameter.GetProperty("in").GetString()!;
            if (place == "path" || random.Next(4) < few || name == AdmissionGate.ActFor)
                continue;
            string type = OpenDocument.TypesOf(parameter.GetProperty("schema")).FirstOrDefault() ?? "string";
            string value = type is "integer" && random.Next(4) > 0 ? $"{random.Next(-1, 50)}"
                : type is "boolean" && random.Next(4) > 0 ? "true"
                : name == "wait" ? random.Next(4) == 0 ? "NaN" : "0"
                : maker.Text(name);
            if (place == "header")
                Headers.Add((name, value));
            else
                Query += (Query.Length == 0 ? "?" : "&") + name + "=" + (random.Next(20) == 0 ? value : Escape(value));
        }
    }

    private void AddBody(JsonElement body, Random random, BodyMaker maker)
    {
        JsonProperty[] forms = [.. body.GetProperty("content").EnumerateObject()];
        JsonProperty form = forms[random.Next(forms.Length)];
        ContentType = form.Name == "*/*" ? s_media[random.Next(s_media.Length)] : form.Name;
        if (random.Next(30) == 0)
            ContentType = random.Next(2) == 0 ? null : s_media[random.Next(s_media.Length)];
        if (random.Next(30) == 0)
            return;
        Body = form.Value.TryGetProperty("schema", out JsonElement schema) ? maker.Make(schema)
            : Encoding.UTF8.GetBytes(maker.Text("body"));
        if (form.Name.Contains("ndjson", StringComparison.Ordinal) || form.Name.Contains("jsonl", StringComparison.Ordinal))
            Body = [.. Body, (byte)'\n', .. maker.Make(schema)];
    }

    // What the description does not ask for.
    private void Spoil(Random random, BodyMaker maker)
    {
        if (random.Next(25) == 0)
            Method = s_methods[random.Next(s_methods.Length)];
        if (random.Next(25) == 0)
            Path = "/" + Damage.Text(random, Path[1..], s_pieces);
        if (random.Next(25) == 0)
            Query = "?" + Damage.Text(random, Query.TrimStart('?'), ["&", "=", "%", "wait=0", "max=0", "+", "\0", "é"]).Replace("wait=",
                "wait=x", StringComparison.Ordinal);
        if (random.Next(8) == 0)
            Headers.Add((random.Next(4) switch
            {
                0 => "Accept",
                1 => "If-Match",
                2 => "Last-Event-ID",
                _ =>
                "X-Restante-" + maker.Text("header")
            }, maker.Text("If-Match")));
        if (random.Next(12) == 0)
            Headers.Add(("Accept", "text/event-stream"));
        if (random.Next(60) == 0)
            Headers.Add(("Authorization", "Basic " + maker.Text("header")));
    }

    // Servers of HTTP let neither line ends nor NULs pass, nor halves of characters.
    private static string Framed(string text) =>
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(string.Concat(text.Where(c => c is not ('\0' or '\r' or '\n')))));

    private static string Escape(string value) =>
        string.Concat(Encoding.UTF8.GetBytes(value).Select(b => char.IsAsciiLetterOrDigit((char)b) ? ((char)b).ToString() : $"%{b:X2}"));
}
