using System.Buffers;
using System.Text.Json;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.States;

namespace Restante.Heads.Amqp.Requests;

/// <summary>
/// A device's requests about its state document: <c>GET</c>; <c>PATCH</c> and <c>PUT</c> of the reported part, with the version it has seen
/// in
/// <c>if-version</c> if it likes.
/// </summary>
internal sealed class StateRequests(StateDocuments states, DevicePrincipal device) : IRequestHandler
{
    public int MostBytes(Request request, GatewayLimits limits) =>
        request.Text("operation") == "GET" ? (2 * limits.MaxStateBytes) + Answer.UsualBytes : Answer.UsualBytes;

    public async ValueTask<Answer> HandleAsync(Request request)
    {
        switch (request.Text("operation"))
        {
            case "GET":
                Result<StateDocument> read = await states.GetAsync(device);
                return read.IsSuccess ? Answer.Done() with { Json = Json(read.Value) } : Answer.Refused(read.Refusal);
            case "PATCH" or "PUT":
                return await WriteAsync(request, request.Text("operation") == "PUT");
            default:
                return Answer.Refused(new Refusal(RefusalKind.Malformed, "The property 'operation' must be GET, PATCH or PUT."));
        }
    }

    private async ValueTask<Answer> WriteAsync(Request request, bool whole)
    {
        Result<long?> ifVersion = request.Number("if-version");
        if (ifVersion.Refusal is Refusal malformed)
            return Answer.Refused(malformed);
        if (request.Value is AmqpMap map && JsonMaps.FindNoNumber(map, "") is string place)
            return Answer.Refused(JsonMaps.NoNumber(place));
        Result<StateContent> written = whole
            ? await states.PutReportedAsync(device, request.Utf8, ifVersion.Value)
            : await states.PatchReportedAsync(device, request.Utf8, ifVersion.Value);
        if (written.IsSuccess)
            return Answer.Done() with { Version = written.Value.Version };
        Answer refused = Answer.Refused(written.Refusal);
        return written.Refusal.Kind == RefusalKind.Conflict ? refused with { Status = 412 } : refused;
    }

    private static byte[] Json(StateDocument document)
    {
        var output = new ArrayBufferWriter<byte>(document.Desired.Json.Length + document.Reported.Json.Length + 128);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            Write(json, "desired", document.Desired);
            Write(json, "reported", document.Reported);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, string name, StateContent part)
    {
        json.WriteStartObject(name);
        json.WriteNumber("version", part.Version);
        if (part.ChangedAtMs > 0)
            json.WriteString("changedAt", DateTimeOffset.FromUnixTimeMilliseconds(part.ChangedAtMs));
        json.WritePropertyName("content");
        json.WriteRawValue(part.Json.Span, skipInputValidation: true);
        json.WriteEndObject();
    }
}
