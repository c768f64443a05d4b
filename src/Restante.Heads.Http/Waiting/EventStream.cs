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
/// <param name="patience">How long a reader may take for a piece of what was sent; then the connection is cut.</param>
/// <param name="time">The clock.</param>
internal sealed class EventStream(HttpResponse response, TimeSpan patience, TimeProvider time)
{
    public const string MediaType = "text/event-stream";

    /// <summary>
    /// Bytes of content that are fetched for a stream at once; what a reader that has stopped reading costs, or one message.
    /// </summary>
    public const int ChunkBytes = 64 * 1024;

    // A reader may take its time for each; however large a message is, one that reads slowly is no reader that has stopped.
    private const int PieceBytes = 4 * 1024;

    private static readonly JsonWriterOptions s_json = new() { Encoder = RestanteJson.Plain.Options.Encoder };

    private long _sentAt = time.GetTimestamp();

    // What was added and not sent yet; null when nothing was, as most of the time.
    private ArrayBufferWriter<byte>? _added;

    private ArrayBufferWriter<byte> Added => _added ??= new ArrayBufferWriter<byte>();

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
        Added.Write("retry: 2000\n\n"u8);
        await FlushAsync(cancellation);
    }

    /// <summary>Why the stream is to end once what was added is sent; null when it goes on.</summary>
    public string? EndReason { get; private set; }

    /// <summary>Ends the stream once what was added is sent.</summary>
    public void EndAfterThis(string reason) => EndReason = reason;

    /// <summary>Adds an event; <see cref="FlushAsync"/> sends what was added.</summary>
    public void Add<T>(string name, string? id, T data, JsonTypeInfo<T> type)
    {
        ArrayBufferWriter<byte> output = Added;
        if (id is not null)
            output.Write(Encoding.UTF8.GetBytes($"id: {id}\n"));
        output.Write(Encoding.UTF8.GetBytes($"event: {name}\ndata: "));
        using (var json = new Utf8JsonWriter(output, s_json))
            JsonSerializer.Serialize(json, data, type);
        output.Write("\n\n"u8);
    }

    /// <summary>True when the connection was cut: the reader took nothing for too long, or the end came in the midst of an event.</summary>
    public bool IsCut { get; private set; }

    /// <summary>How long nothing has been sent.</summary>
    public TimeSpan Silence => time.GetElapsedTime(_sentAt);

    /// <summary>Sends what was added.</summary>
    /// <exception cref="OperationCanceledException">The wait was to end, or the reader did not read and was cut.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> added = _added?.WrittenMemory ?? default;
        _added = null;
        for (int at = 0; at < added.Length; at += PieceBytes)
        {
            try
            {
                await SendAsync(added.Slice(at, Math.Min(PieceBytes, added.Length - at)), cancellation);
            }
            catch (OperationCanceledException) when (at > 0 && !IsCut)
            {
                Cut();
                throw;
            }
        }

        _sentAt = time.GetTimestamp();
    }

    public ValueTask HeartbeatAsync(CancellationToken cancellation)
    {
        Added.Write(": alive\n\n"u8);
        return FlushAsync(cancellation);
    }

    public ValueTask EndAsync(string reason, CancellationToken cancellation)
    {
        Add("end", null, new StreamEnd { Reason = reason }, RestanteJson.Plain.StreamEnd);
        return FlushAsync(cancellation);
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation)
    {
        ValueTask<FlushResult> write = response.BodyWriter.WriteAsync(piece, cancellation);
        if (write.IsCompleted)
        {
            await write;
            return;
        }

        try
        {
            await write.AsTask().WaitAsync(patience, time, cancellation);
        }
        catch (TimeoutException e)
        {
            Cut();
            throw new OperationCanceledException("The reader of an event stream does not read.", e);
        }
        catch (OperationCanceledException)
        {
            Cut();
            throw;
        }
    }

    // Nothing may follow half an event.
    private void Cut()
    {
        IsCut = true;
        response.HttpContext.Abort();
    }
}
