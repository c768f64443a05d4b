using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Requests;

/// <summary>Reads a body line by line, however long it is; in memory are a line and what came with it.</summary>
internal static class BodyLines
{
    /// <summary>Reads the lines that are not blank.</summary>
    /// <param name="context">The request.</param>
    /// <param name="maxBytes">How long a line may be; the end of a longer one is looked for without keeping it.</param>
    /// <exception cref="MalformedRequestException">The caller's credentials were taken away; the lines before were read.</exception>
    public static async IAsyncEnumerable<BodyLine> ReadAsync(HttpContext context, int maxBytes)
    {
        PipeReader reader = context.Request.BodyReader;
        var lines = new List<BodyLine>();
        int number = 1;
        bool isTooLong = false;
        while (true)
        {
            // The read is over before anything is done with the lines: what goes wrong there must not leave it open.
            ValueTask<ReadResult> read = reader.ReadAsync(context.RequestAborted);
            bool waits = !read.IsCompleted;
            ReadResult result = await read;
            if (waits && await Caller.RecheckAsync(context) is Refusal refusal)
            {
                reader.AdvanceTo(result.Buffer.End);
                throw new MalformedRequestException(refusal);
            }

            ReadOnlySequence<byte> rest = result.Buffer;
            while (rest.PositionOf((byte)'\n') is SequencePosition end)
            {
                Take(rest.Slice(0, end));
                rest = rest.Slice(rest.GetPosition(1, end));
            }

            if (result.IsCompleted && (isTooLong || !rest.IsEmpty))
                Take(rest);
            isTooLong |= rest.Length > maxBytes;
            reader.AdvanceTo(isTooLong ? rest.End : rest.Start, rest.End);
            foreach (BodyLine line in lines)
                yield return line;
            if (result.IsCompleted)
                yield break;
            lines.Clear();
        }

        void Take(ReadOnlySequence<byte> line)
        {
            byte[]? bytes = isTooLong || line.Length > maxBytes ? null : line.ToArray();
            if (bytes is null || !bytes.AsSpan().Trim(" \t\r"u8).IsEmpty)
                lines.Add(new BodyLine(number, bytes));
            number++;
            isTooLong = false;
        }
    }
}
