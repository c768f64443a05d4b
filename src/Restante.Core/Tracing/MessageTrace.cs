using System.Diagnostics;
using System.Text;
using Restante.Core.Devices;
using Restante.Core.Messages;

namespace Restante.Core.Tracing;

/// <summary>
/// The spans of the gateway in the traces that messages carry in their property <c>traceparent</c> (W3C Trace Context, beside it
/// <c>tracestate</c>). The gateway begins no trace of its own and hands the properties on as they are; a message without them, or one whose
/// trace is not sampled, costs a look at its properties while somebody collects traces and nothing otherwise.
/// </summary>
public static class MessageTrace
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "Restante";

    /// <summary>The property that holds the trace. [W3C Trace Context, 3.2]</summary>
    public const string ParentProperty = "traceparent";

    /// <summary>The property that holds what vendors add. [W3C Trace Context, 3.3]</summary>
    public const string StateProperty = "tracestate";

    // Longer ones are no traceparent of today's version; those of later versions begin with what is read of them.
    private const int MaxParentBytes = 128;

    // What a reader need not carry on in whole. [W3C Trace Context, 3.3.1.5]
    private const int MaxStateBytes = 512;

    private static readonly ActivitySource s_source = new(SourceName);

    /// <summary>Whether anybody collects traces.</summary>
    internal static bool IsOn => s_source.HasListeners();

    /// <summary>Where a span for this message would begin; none when there is nothing to record.</summary>
    /// <param name="content">The message.</param>
    /// <param name="start">When it begins.</param>
    internal static TraceMark Begin(ReadOnlySpan<byte> content, DateTimeOffset start) =>
        IsOn && Find(content) is { } parent ? new TraceMark(parent, start) : default;

    /// <summary>Records a span that has ended.</summary>
    /// <param name="mark">Where it began.</param>
    /// <param name="name">Its name: what was done to what.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="end">When it ended.</param>
    /// <param name="device">Whose message.</param>
    /// <param name="message">The gateway's name of the message; 0 for none.</param>
    /// <param name="result">How it ended, in a word.</param>
    /// <param name="isError">Whether that is a failure.</param>
    internal static void End(
        in TraceMark mark, string name, ActivityKind kind, DateTimeOffset end, DeviceId device, long message, string result,
        bool isError = false)
    {
        if (!mark.IsTraced)
            return;
        using Activity? span = s_source.StartActivity(name, kind, mark.Parent, startTime: mark.Start);
        if (span is null)
            return;
        span.SetTag("messaging.system", "restante");
        span.SetTag("restante.device", device.Value);
        if (message != 0)
            span.SetTag("messaging.message.id", message);
        span.SetTag("restante.result", result);
        if (isError)
            span.SetStatus(ActivityStatusCode.Error, result);
        span.SetEndTime(end.UtcDateTime);
    }

    private static ActivityContext? Find(ReadOnlySpan<byte> content)
    {
        string? parent = null, state = null;
        var reader = new ContentReader(content);
        while (reader.Read())
        {
            if (reader.Field != ContentField.Property || reader.Value.Kind is not (ValueKind.String or ValueKind.Symbol))
                continue;
            ReadOnlySpan<byte> value = reader.Value.Bytes;
            // Of several with one name the first counts.
            if (parent is null && reader.Name.SequenceEqual("traceparent"u8) && value.Length <= MaxParentBytes)
                parent = Encoding.UTF8.GetString(value);
            else if (state is null && reader.Name.SequenceEqual("tracestate"u8) && value.Length <= MaxStateBytes)
                state = Encoding.UTF8.GetString(value);
        }

        return ActivityContext.TryParse(parent, state, isRemote: true, out ActivityContext context)
            && (context.TraceFlags & ActivityTraceFlags.Recorded) != 0
            ? context
            : null;
    }
}
