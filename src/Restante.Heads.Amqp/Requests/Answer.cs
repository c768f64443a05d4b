using System.Buffers;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Refusals;
using Restante.Heads.Amqp.Links;

namespace Restante.Heads.Amqp.Requests;

/// <summary>What a request is answered with: the properties <c>statusCode</c> and <c>statusDescription</c>, and perhaps a body.</summary>
internal sealed record Answer
{
    /// <summary>The bytes of an answer that has only a status, with some to spare.</summary>
    public const int UsualBytes = 1_024;

    /// <summary>As in HTTP.</summary>
    public required int Status { get; init; }

    /// <summary>The status in a sentence.</summary>
    public required string Description { get; init; }

    /// <summary>A body that is a map or a list of AMQP values; null for none.</summary>
    public object? Value { get; init; }

    /// <summary>A body that is JSON; null for none.</summary>
    public ReadOnlyMemory<byte>? Json { get; init; }

    /// <summary>The version of what was read or written; null where there is none.</summary>
    public long? Version { get; init; }

    /// <summary>In how many milliseconds to ask again; null where that is not known.</summary>
    public long? RetryAfterMs { get; init; }

    /// <summary>
    /// True when the status is told in the properties <c>status-code</c> and <c>status-description</c>, as clients of <c>$cbs</c> read it.
    /// </summary>
    public bool IsOfToken { get; init; }

    /// <summary>The kind of refusal that it tells of; null when it was done.</summary>
    public RefusalKind? Refusal { get; init; }

    /// <summary>It was done.</summary>
    public static Answer Done(object? value = null, int status = 200) => new() { Status = status, Description = "OK", Value = value };

    /// <summary>It was not done.</summary>
    public static Answer Refused(Refusal refusal) => new()
    {
        Status = RefusalMap.Status(refusal.Kind),
        Description = refusal.Message,
        RetryAfterMs = refusal.RetryAfterMs,
        Refusal = refusal.Kind,
    };

    /// <summary>What a result holds, or its refusal.</summary>
    public static Answer Of<T>(Result<T> result, Func<T, object?> value, int status = 200) =>
        result.IsSuccess ? Done(value(result.Value), status) : Refused(result.Refusal);

    /// <summary>The message that carries it.</summary>
    /// <param name="correlationId">Which request it answers.</param>
    public byte[] Encode(object? correlationId)
    {
        ArrayBufferWriter<byte> buffer = OutputSpace.Rent();
        var writer = new MessageWriter(buffer);
        try
        {
            writer.WriteProperties(new MessageProperties
            {
                CorrelationId = correlationId,
                ContentType = Json is null ? default(Symbol?) : new Symbol("application/json"),
            });
            CompoundScope properties = writer.BeginMap(SectionKind.ApplicationProperties);
            writer.Entry(IsOfToken ? "status-code" : "statusCode", (object)Status);
            writer.Entry(IsOfToken ? "status-description" : "statusDescription", Description);
            if (Version is long version)
                writer.Entry("version", (object)version);
            if (RetryAfterMs is long after)
                writer.Entry(RefusalMap.RetryAfter, (object)after);
            writer.EndMap(properties);
            if (Json is ReadOnlyMemory<byte> json)
                writer.WriteData(json.Span);
            else
                writer.WriteValue(Value);
            return buffer.WrittenSpan.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }
}
