using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Requests;

/// <summary>Reads bodies, never more than allowed.</summary>
internal static class RequestBody
{
    private const string Json = "application/json";

    /// <summary>True when the body says that it is JSON.</summary>
    public static bool IsJson(HttpRequest request) => IsOf(request, Json);

    /// <summary>True when the body says that it is of a media type.</summary>
    public static bool IsOf(HttpRequest request, string media) =>
        System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && string.Equals(type.MediaType, media, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the whole body. It has its share of the <see cref="BodyRoom"/> until the answer is over.</summary>
    /// <exception cref="MalformedRequestException">It is larger than <paramref name="maxBytes"/>, there is no room for it, or the caller's
    /// credentials were taken away while it came.</exception>
    public static async ValueTask<byte[]> ReadAsync(HttpRequest request, int maxBytes)
    {
        if (request.ContentLength > maxBytes)
            throw TooLarge(maxBytes);
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = maxBytes;
        PipeReader reader = request.BodyReader;
        BodyShare share = BodyRoom.Enter(request.HttpContext, request.ContentLength ?? maxBytes);
        var body = new ArrayBufferWriter<byte>(); // It takes room as bytes come, not as they are announced.
        bool waited = false;
        while (true)
        {
            ValueTask<ReadResult> read = reader.ReadAsync(request.HttpContext.RequestAborted);
            waited |= !read.IsCompleted;
            ReadResult result = await read;
            ReadOnlySequence<byte> buffer = result.Buffer;
            bool fits = buffer.Length <= maxBytes - body.WrittenCount;
            Refusal? full = fits ? share.Come(buffer.Length) : null;
            if (fits && full is null)
            {
                foreach (ReadOnlyMemory<byte> piece in buffer)
                    body.Write(piece.Span);
            }

            reader.AdvanceTo(buffer.End);
            if (!fits)
                throw TooLarge(maxBytes);
            if (full is not null)
                throw new MalformedRequestException(full);
            if (!result.IsCompleted)
                continue;
            share.End();
            if (waited && await Caller.RecheckAsync(request.HttpContext) is Refusal refusal)
                throw new MalformedRequestException(refusal);
            return body.WrittenSpan.ToArray();
        }
    }

    /// <summary>Reads a JSON body.</summary>
    /// <exception cref="MalformedRequestException">It is too large, or not JSON of that form; the message says where, and repeats no
    /// value.</exception>
    public static async ValueTask<T> ReadJsonAsync<T>(HttpRequest request, JsonTypeInfo<T> type, int maxBytes, string media = Json)
        where T : class
    {
        if (!IsOf(request, media))
            throw new MalformedRequestException($"The body must be JSON with the content type {media}.");
        return Parse(await ReadAsync(request, maxBytes), type);
    }

    /// <summary>Reads a JSON body that may be left out; null when it is.</summary>
    /// <exception cref="MalformedRequestException">As for <see cref="ReadJsonAsync"/>.</exception>
    public static async ValueTask<T?> ReadOptionalJsonAsync<T>(HttpRequest request, JsonTypeInfo<T> type, int maxBytes)
        where T : class =>
        request.ContentLength is not (null or 0) || request.ContentType is not null ? await ReadJsonAsync(request, type, maxBytes) : null;

    /// <summary>Reads JSON.</summary>
    /// <exception cref="MalformedRequestException">It is not JSON of that form; the message says where, and repeats no value.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type)
                ?? throw new MalformedRequestException("The JSON body must be an object, not null.");
        }
        catch (JsonException e)
        {
            throw new MalformedRequestException(JsonFault.Describe(e, json, type));
        }
    }

    private static MalformedRequestException TooLarge(int maxBytes) => new(
        RefusalKind.TooLarge,
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"The body is larger than the {maxBytes} bytes that are allowed here."));
}
