using Restante.Amqp.Types;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Paging;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;

namespace Restante.Heads.Amqp.Requests;

/// <summary>
/// What services ask of <c>$management</c>: the properties <c>operation</c> and <c>type</c> say what, <c>name</c> which device and
/// <c>identity</c> which message. Every operation needs the right that its equivalent over HTTPS needs.
/// </summary>
/// <param name="gateway">The gateway.</param>
/// <param name="service">Who asks.</param>
/// <param name="connection">The connection that the requests come by.</param>
/// <param name="over">Cancelled when the connection is over, and nobody waits for answers any more.</param>
internal sealed class ManagementRequests(
    Gateway gateway, ServicePrincipal service, ConnectionName connection, CancellationToken over) : IRequestHandler
{
    private const int DefaultPage = 100;

    private readonly DeviceRequests _devices = new(gateway, service, over);

    // A device is shown with its tags, which in AMQP may have more bytes than as JSON.
    public int MostBytes(Request request, GatewayLimits limits) => (request.Text("operation"), request.Text("type")) switch
    {
        ("QUERY", "device") => Pages.MaxBytes + Answer.UsualBytes,
        ("QUERY", _) => Math.Max(Pages.MaxBytes, limits.MaxMessageBytes),
        ("READ", "command" or "dead-letter") => limits.MaxMessageBytes,
        _ => (2 * limits.MaxTagsBytes) + Answer.UsualBytes,
    };

    public async ValueTask<Answer> HandleAsync(Request request)
    {
        string? operation = request.Text("operation"), type = request.Text("type");
        (string id, Rights right, Func<Request, ValueTask<Answer>>? handle) = Find(operation, type);
        if (handle is null)
        {
            return Answer.Refused(new Refusal(
                RefusalKind.Malformed,
                "There is no such operation; 'operation' and 'type' say which is meant, for example READ of a device."));
        }

        var entry = new AuditEntry { Act = id, By = AuditActor.Of(service, connection), Target = TargetOf(request, type) };
        if (!service.May(right))
        {
            gateway.Audit.Refused(entry with { Refusal = RefusalKind.Forbidden });
            return Answer.Refused(Refusal.RightMissing(service.Name, right));
        }

        if (NamesDevice(type, operation) && string.IsNullOrEmpty(request.Text("name")))
            handle = static _ => ValueTask.FromResult(NoDeviceNamed());

        // Whatever does more than read is an act, and so is reading keys.
        bool isAct = operation is not ("READ" or "QUERY") || type == "device-keys";
        return isAct && !await IsOwnMailAsync(request, type) ? await ActAsync(request, entry, handle) : await handle(request);
    }

    private (string Id, Rights Right, Func<Request, ValueTask<Answer>>? Handle) Find(string? operation, string? type) =>
        (type, operation) switch
        {
            ("device", "CREATE") => ("createDevice", Rights.RegistryWrite, _devices.CreateAsync),
            ("device", "READ") => ("getDevice", Rights.RegistryRead, _devices.ReadAsync),
            ("device", "UPDATE") => ("changeDevice", Rights.RegistryWrite, _devices.UpdateAsync),
            ("device", "DELETE") => ("removeDevice", Rights.RegistryWrite, _devices.DeleteAsync),
            ("device", "QUERY") => ("listDevices", Rights.RegistryRead, _devices.QueryAsync),
            ("device-keys", "READ") => ("getDeviceKeys", Rights.RegistryWrite, _devices.ReadKeysAsync),
            ("device-keys", "ROTATE") => ("rotateDeviceKey", Rights.RegistryWrite, _devices.RotateKeyAsync),
            ("command", "READ") => ("getCommand", Rights.Send, ReadCommandAsync),
            ("command", "CANCEL") => ("cancelCommand", Rights.Send, CancelCommandAsync),
            ("mailbox", "READ") => ("getMailbox", Rights.RegistryRead, ReadMailboxAsync),
            ("mailbox", "QUERY") => ("browseMailbox", Rights.RegistryRead, BrowseMailboxAsync),
            ("mailbox", "PURGE") => ("purgeMailbox", Rights.RegistryWrite, PurgeMailboxAsync),
            ("dead-letter", "QUERY") => ("listDeadLetters", Rights.RegistryRead, ListDeadLettersAsync),
            ("dead-letter", "READ") => ("getDeadLetter", Rights.RegistryRead, ReadDeadLetterAsync),
            ("dead-letter", "DELETE") => ("deleteDeadLetter", Rights.RegistryWrite, DeleteDeadLetterAsync),
            ("dead-letter", "PURGE") => ("deleteDeadLetters", Rights.RegistryWrite, PurgeDeadLettersAsync),
            ("dead-letter", "RESEND") => ("resendDeadLetter", Rights.RegistryWrite, ResendDeadLetterAsync),
            _ => ("", Rights.None, null),
        };

    private static bool NamesDevice(string? type, string? operation) => type != "command" && (type, operation) != ("device", "QUERY");

    // As over HTTPS, whose paths name it in the audit log.
    private static string TargetOf(Request request, string? type)
    {
        string? identity = request.Text("identity");
        string device = $"devices/{request.Text("name")}";
        return type switch
        {
            "command" => $"commands/{identity}",
            "dead-letter" when identity is not null => $"{device}/dead-letters/{identity}",
            "device-keys" when request.Text("slot") is string slot => $"{device}/keys/{slot}",
            _ => device,
        };
    }

    // What a service takes back of its own mail is ordinary messaging.
    private async ValueTask<bool> IsOwnMailAsync(Request request, string? type)
    {
        if (type != "command" || !Sequence.TryParse(request.Text("identity"), out Sequence sequence))
            return false;
        Result<BrowsedMessage> waiting = await gateway.Mailboxes.FindWaitingAsync(sequence);
        string? sender = waiting.IsSuccess ? waiting.Value.Sender : (await gateway.Outcomes.FindAsync(sequence)).Value?.Sender;
        return sender == service.Name;
    }

    // An act is not begun while the audit log cannot be written, and is answered when its entry is on disk.
    private async ValueTask<Answer> ActAsync(Request request, AuditEntry entry, Func<Request, ValueTask<Answer>> handle)
    {
        if (await gateway.Audit.AdmitAsync() is Refusal closed)
            return Answer.Refused(closed);
        if (gateway.Acts.Take(service) is Refusal spent)
            return Answer.Refused(spent);
        Answer answer;
        try
        {
            answer = await handle(request);
        }
        catch (Exception)
        {
            await gateway.Audit.RecordAsync(entry with { Detail = "failed; perhaps it was done" });
            throw;
        }

        if (answer.Refusal is RefusalKind kind)
        {
            await gateway.Audit.NotDoneAsync(entry with { Refusal = kind }, isChange: request.Text("operation") != "READ");
            return answer;
        }

        return await gateway.Audit.RecordAsync(entry) is Refusal unrecorded ? Answer.Refused(unrecorded) : answer;
    }

    private async ValueTask<Answer> ReadCommandAsync(Request request)
    {
        if (!Sequence.TryParse(request.Text("identity"), out Sequence sequence))
            return NoSuchMessage();

        // A command goes from waiting to ended and never back, so looking in this order cannot miss it.
        Result<BrowsedMessage> waiting = await gateway.Mailboxes.FindWaitingAsync(service, sequence);
        if (waiting.IsSuccess)
            return Answer.Done(EntityMaps.Of(waiting.Value));
        if (waiting.Refusal.Kind != RefusalKind.NotFound)
            return Answer.Refused(waiting.Refusal);
        return Answer.Of(await gateway.Outcomes.FindAsync(service, sequence), EntityMaps.Of);
    }

    private async ValueTask<Answer> CancelCommandAsync(Request request)
    {
        if (!Sequence.TryParse(request.Text("identity"), out Sequence sequence))
            return NoSuchMessage();
        return Answer.Of(await gateway.Mailboxes.CancelAsync(service, sequence), static _ => null, 204);
    }

    private ValueTask<Answer> ReadMailboxAsync(Request request) => WithDeviceAsync(
        request, async device => Answer.Of(await gateway.Mailboxes.GetInfoAsync(device), EntityMaps.Of));

    private ValueTask<Answer> BrowseMailboxAsync(Request request) => WithPageAsync(
        request, (device, after, max) => Pages.AnswerAsync<BrowsedMessage>(
            max,
            PageBounds.ContentStep,
            (last, step) => gateway.Mailboxes.BrowseAsync(device, last?.Sequence ?? after, step),
            EntityMaps.Of,
            static message => message.Sequence.ToString(),
            over));

    private ValueTask<Answer> PurgeMailboxAsync(Request request) => WithDeviceAsync(request, async device =>
        Answer.Of(await gateway.Mailboxes.PurgeAsync(device, service.Name), static ended => new AmqpMap { ["ended"] = ended }));

    private ValueTask<Answer> ListDeadLettersAsync(Request request) => WithPageAsync(
        request, (device, after, max) => Pages.AnswerAsync<ShelvedMessage>(
            max,
            PageBounds.ContentStep,
            (last, step) => gateway.DeadLetters.ListAsync(device, last?.Sequence ?? after, step),
            EntityMaps.Of,
            static message => message.Sequence.ToString(),
            over));

    private ValueTask<Answer> ReadDeadLetterAsync(Request request) => WithMessageAsync(
        request, async (device, sequence) => Answer.Of(await gateway.DeadLetters.FindAsync(device, sequence), EntityMaps.Of));

    private ValueTask<Answer> DeleteDeadLetterAsync(Request request) => WithMessageAsync(
        request, async (device, sequence) => Answer.Of(await gateway.DeadLetters.DeleteAsync(device, sequence), static _ => null, 204));

    private ValueTask<Answer> PurgeDeadLettersAsync(Request request) => WithDeviceAsync(request, async device =>
        Answer.Of(await gateway.DeadLetters.DeleteAllAsync(device), static deleted => new AmqpMap { ["deleted"] = deleted }));

    private ValueTask<Answer> ResendDeadLetterAsync(Request request) => WithMessageAsync(request, async (device, sequence) =>
    {
        Result<long?> expires = request.Number("expires-at");
        if (expires.Refusal is Refusal malformed)
            return Answer.Refused(malformed);
        return Answer.Of(await gateway.DeadLetters.ResendAsync(device, sequence, expires.Value), EntityMaps.Of, 201);
    });

    private async ValueTask<Answer> WithDeviceAsync(Request request, Func<DeviceRecord, ValueTask<Answer>> then)
    {
        Result<DeviceRecord> found = await gateway.Devices.For(service).FindAsync(request.Text("name") ?? "");
        return found.IsSuccess ? await then(found.Value) : Answer.Refused(found.Refusal);
    }

    private ValueTask<Answer> WithMessageAsync(Request request, Func<DeviceRecord, Sequence, ValueTask<Answer>> then) =>
        Sequence.TryParse(request.Text("identity"), out Sequence sequence)
            ? WithDeviceAsync(request, device => then(device, sequence))
            : ValueTask.FromResult(NoSuchMessage());

    private ValueTask<Answer> WithPageAsync(Request request, Func<DeviceRecord, Sequence, int, ValueTask<Answer>> then)
    {
        Result<long?> count = request.Number("count");
        Result<long?> after = request.Number("after");
        if ((count.Refusal ?? after.Refusal) is Refusal malformed)
            return ValueTask.FromResult(Answer.Refused(malformed));
        int max = (int)Math.Clamp(count.Value ?? DefaultPage, 0, int.MaxValue);
        return WithDeviceAsync(request, device => then(device, new Sequence(after.Value ?? 0), max));
    }

    private static Answer NoDeviceNamed() => Answer.Refused(
        new Refusal(RefusalKind.Malformed, "The property 'name' is missing: it says which device is meant."));

    private static Answer NoSuchMessage() =>
        Answer.Refused(new Refusal(RefusalKind.NotFound, "Ids of messages are numbers; there is no such message."));
}
