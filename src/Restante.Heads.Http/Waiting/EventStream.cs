using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Restante.Contracts;

namespace Restante.Heads.Http.Waiting;

/// <summary>Writes server-sent events.</summary>
/// <param name="response">Where to.</param>
/// <param name="patience">How long a reader may take for what was sent; then the connection is cut.</param>
/// <param name="time">The clock.</param>
internal sealed class EventStream(HttpResponse response, TimeSpan patience, TimeProvider time)
{
    public const string MediaType = "text/event-stream";

    /// <summary>
    /// Bytes of content that are fetched for a stream at once; what a reader that has stopped reading costs, or one message.
    /// </summary>
    public const int ChunkBytes = 64 * 1024;

    private static readonly JsonWriterOptions s_json = new() { Encoder = RestanteJson.Plain.Options.Encoder };

    /// <summary>True when the client asks for an event stream.</summary>
    public static bool IsWanted(HttpRequest request) =>
        !HttpMethods.IsHead(request.Method) // It would never end, and show nothing.
        && request.Headers.Accept.Any(a => a is not null && a.Contains(MediaType, StringComparison.OrdinalIgnoreCase));

    /// <summary>The id of the last event that a returning reader has; null for none.</summary>
    public static string? LastEventId(HttpRequest request) =>
        request.Headers["Last-Event-ID"] is { Count: 1 } header && !string.IsNullOrEmpty(header[0]) ? header[0] : null;

    public async Task BeginAsync(CancellationToken cancellation)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = MediaType;
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        response.BodyWriter.Write("retry: 2000\n\n"u8);
        await FlushAsync(cancellation);
    }

    /// <summary>Why the stream is to end once what was added is sent; null when it goes on.</summary>
    public string? EndReason { get; private set; }

    /// <summary>Ends the stream once what was added is sent.</summary>
    public void EndAfterThis(string reason) => EndReason = reason;

    /// <summary>Adds an event; <see cref="FlushAsync"/> sends what was added.</summary>
    public void Add<T>(string name, string? id, T data, JsonTypeInfo<T> type)
    {
        IBufferWriter<byte> output = response.BodyWriter;
        if (id is not null)
            output.Write(Encoding.UTF8.GetBytes($"id: {id}\n"));
        output.Write(Encoding.UTF8.GetBytes($"event: {name}\ndata: "));
        using (var json = new Utf8JsonWriter(output, s_json))
            JsonSerializer.Serialize(json, data, type);
        output.Write("\n\n"u8);
    }

    /// <summary>True when the reader took nothing for too long, and the connection was cut.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Sends what was added.</summary>
    /// <exception cref="OperationCanceledException">The wait was to end, or the reader did not read and was cut.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        ValueTask<FlushResult> flush = response.BodyWriter.FlushAsync(cancellation);
        if (flush.IsCompleted)
        {
            await flush;
            return;
        }

        try
        {
            await flush.AsTask().WaitAsync(patience, time, cancellation);
        }
        catch (TimeoutException e)
        {
            IsCut = true;
            response.HttpContext.Abort();
            throw new OperationCanceledException("The reader of an event stream does not read.", e);
        }
    }

    public ValueTask HeartbeatAsync(CancellationToken cancellation)
    {
        response.BodyWriter.Write(": alive\n\n"u8);
        return FlushAsync(cancellation);
    }

    public ValueTask EndAsync(string reason, CancellationToken cancellation)
    {
        Add("end", null, new StreamEnd { Reason = reason }, RestanteJson.Plain.StreamEnd);
        return FlushAsync(cancellation);
    }
}
