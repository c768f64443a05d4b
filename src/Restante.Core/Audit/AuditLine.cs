using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Restante.Core.Access;
using Restante.Core.Refusals;

namespace Restante.Core.Audit;

/// <summary>
/// The line of an entry: one JSON object. Each names the hash of the line before it, so that none can be changed or taken out unseen.
/// </summary>
internal static class AuditLine
{
    /// <summary>What stands for the line before the first.</summary>
    public static string NoHash { get; } = new('0', 2 * SHA256.HashSizeInBytes);

    /// <summary>The hash of a line.</summary>
    public static string HashOf(ReadOnlySpan<byte> line)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(line, hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>The name of a result: <c>done</c>, or the kind of refusal.</summary>
    public static string ResultOf(RefusalKind? refusal) =>
        refusal is RefusalKind kind ? JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()) : "done";

    /// <summary>Writes the line.</summary>
    public static byte[] Write(CountedEntry counted, long number, string previous)
    {
        AuditEntry entry = counted.Entry;
        AuditActor by = entry.By;
        var output = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteNumber("number", number);
            json.WriteString("time", Time(counted.AtMs));
            json.WriteString("act", AuditEntry.Cut(entry.Act, AuditEntry.MaxTextLength));
            json.WriteString("result", ResultOf(entry.Refusal));
            json.WriteString("by", by.Kind);
            Optional(json, "name", by.Name);
            Optional(json, "slot", by.Slot switch
            {
                CredentialSlot.Primary => "primary",
                CredentialSlot.Secondary => "secondary",
                _ => null,
            });
            Optional(json, "through", by.Through);
            if (!by.Connection.IsUnknown)
            {
                json.WriteString("protocol", by.Connection.Protocol);
                if (by.Connection.Number != 0)
                    json.WriteNumber("connection", by.Connection.Number);
                Optional(json, "peer", by.Connection.Peer);
            }

            Optional(json, "target", entry.Target);
            Optional(json, "detail", entry.Detail);
            if (counted.Count != 1)
            {
                json.WriteNumber("count", counted.Count);
                json.WriteString("since", Time(counted.FirstMs));
            }

            json.WriteString("previous", previous);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private static string Time(long ms) =>
        DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static void Optional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, AuditEntry.Cut(value, AuditEntry.MaxTextLength));
    }
}
