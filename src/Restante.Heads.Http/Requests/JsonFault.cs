using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Restante.Core.Refusals;

namespace Restante.Heads.Http.Requests;

/// <summary>Says why a body could not be read: where, and which of the faults it was. No value of the body is repeated.</summary>
internal static class JsonFault
{
    private const int MaxPathLength = 200;
    private const int UsualDepth = 64; // What the serializer takes where nothing is set.

    /// <summary>The fault in a sentence.</summary>
    /// <param name="fault">What the serializer threw.</param>
    /// <param name="json">The body.</param>
    /// <param name="type">What was to be read out of it.</param>
    public static string Describe(JsonException fault, ReadOnlySpan<byte> json, JsonTypeInfo type)
    {
        string path = fault.Path ?? "$";
        string shown = path.Length > MaxPathLength ? string.Concat(path.AsSpan(0, MaxPathLength), "…") : path;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The JSON body cannot be read at {shown}, line {fault.LineNumber.GetValueOrDefault() + 1}, byte "
            + $"{fault.BytePositionInLine.GetValueOrDefault() + 1}: {CauseOf(fault, path, json, type)}.");
    }

    private static string CauseOf(JsonException fault, string path, ReadOnlySpan<byte> json, JsonTypeInfo type)
    {
        int maxDepth = type.Options.MaxDepth is > 0 and int set ? set : UsualDepth;
        if (JsonFlaw.Find(json, maxDepth, PlaceOf(fault, json)) is JsonFlaw flaw)
            return flaw.Cause;
        if (fault.InnerException is FormatException)
            return "the number there is too large, too small or no whole one";
        return IsUnknown(path, type)
            ? "there is no such member"
            : "the value there is of another type than expected, or not written as it must be";
    }

    // What stands behind the fault is not at fault.
    private static long PlaceOf(JsonException fault, ReadOnlySpan<byte> json)
    {
        if (fault.LineNumber is not long line || fault.BytePositionInLine is not long place)
            return long.MaxValue;
        int start = 0;
        for (; line > 0; line--)
        {
            int end = json[start..].IndexOf((byte)'\n');
            if (end < 0)
                return long.MaxValue;
            start += end + 1;
        }

        return start + place + 1;
    }

    // Follows the path through the types; what it names last may be a member that there is none of.
    private static bool IsUnknown(ReadOnlySpan<char> path, JsonTypeInfo type)
    {
        for (path = path[1..]; !path.IsEmpty;)
        {
            bool isQuoted = path.StartsWith("['", StringComparison.Ordinal);
            bool isIndex = !isQuoted && path[0] == '[';
            int begin = isQuoted ? 2 : 1;
            int length = isQuoted ? path.IndexOf("']", StringComparison.Ordinal) - begin : path[begin..].IndexOfAny('.', '[');
            if (length < 0)
                length = path.Length - begin;
            string name = path.Slice(begin, length).ToString();
            path = path[Math.Min(path.Length, begin + length + (isQuoted ? 2 : 0))..];
            Type? next;
            if (!isIndex && type.Kind == JsonTypeInfoKind.Object)
            {
                if (type.Properties.FirstOrDefault(p => p.Name == name) is not JsonPropertyInfo property)
                    return true;
                next = property.PropertyType;
            }
            else
            {
                next = type.ElementType;
            }

            if (next is null)
                return false;
            type = type.Options.GetTypeInfo(next);
        }

        return false;
    }
}
