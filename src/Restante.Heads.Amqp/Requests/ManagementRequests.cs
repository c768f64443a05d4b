using Restante.Amqp.Types;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Heads.Amqp.Requests;

/// <summary>
/// What services ask of <c>$management</c>: the properties <c>operation</c> and <c>type</c> say what, <c>name</c> which device and
/// <c>identity</c> which message. Every operation needs the right that its equivalent over HTTPS needs.
/// </summary>
internal sealed class ManagementRequests(Gateway gateway, ServicePrincipal service) : IRequestHandler
{
    private const int DefaultPage = 100;

    private readonly DeviceRequests _devices = new(gateway, service);

    public ValueTask<Answer> HandleAsync(Request request)
    {
        (Rights right, Func<Request, ValueTask<Answer>>? handle) = Find(request.Text("operation"), request.Text("type"));
        if (handle is null)
        {
            return ValueTask.FromResult(Answer.Refused(new Refusal(
                RefusalKind.Malformed,
                "There is no such operation; 'operation' and 'type' say which is meant, for example READ of a device.")));
        }

        return service.May(right)
            ? handle(request)
            : ValueTask.FromResult(Answer.Refused(new Refusal(RefusalKind.Forbidden, $"The policy lacks the right {right}.")));
    }

    private (Rights Right, Func<Request, ValueTask<Answer>>? Handle) Find(string? operation, string? type) => (type, operation) switch
    {
        ("device", "CREATE") => (Rights.RegistryWrite, _devices.CreateAsync),
        ("device", "READ") => (Rights.RegistryRead, _devices.ReadAsync),
        ("device", "UPDATE") => (Rights.RegistryWrite, _devices.UpdateAsync),
        ("device", "DELETE") => (Rights.RegistryWrite, _devices.DeleteAsync),
        ("device", "QUERY") => (Rights.RegistryRead, _devices.QueryAsync),
        ("device-keys", "READ") => (Rights.RegistryWrite, _devices.ReadKeysAsync),
        ("device-keys", "ROTATE") => (Rights.RegistryWrite, _devices.RotateKeyAsync),
        ("command", "READ") => (Rights.Send, ReadCommandAsync),
        ("command", "CANCEL") => (Rights.Send, CancelCommandAsync),
        ("mailbox", "READ") => (Rights.RegistryRead, ReadMailboxAsync),
        ("mailbox", "QUERY") => (Rights.RegistryRead, BrowseMailboxAsync),
        ("mailbox", "PURGE") => (Rights.RegistryWrite, PurgeMailboxAsync),
        ("dead-letter", "QUERY") => (Rights.RegistryRead, ListDeadLettersAsync),
        ("dead-letter", "READ") => (Rights.RegistryRead, ReadDeadLetterAsync),
        ("dead-letter", "DELETE") => (Rights.RegistryWrite, DeleteDeadLetterAsync),
        ("dead-letter", "PURGE") => (Rights.RegistryWrite, PurgeDeadLettersAsync),
        ("dead-letter", "RESEND") => (Rights.RegistryWrite, ResendDeadLetterAsync),
        _ => (Rights.None, null),
    };

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
        Result<OutcomeRecord> ended = await gateway.Outcomes.FindAsync(service, sequence);
        return ended.IsSuccess ? Answer.Done(EntityMaps.Of(ended.Value)) : Answer.Refused(ended.Refusal);
    }

    private async ValueTask<Answer> CancelCommandAsync(Request request)
    {
        if (!Sequence.TryParse(request.Text("identity"), out Sequence sequence))
            return NoSuchMessage();
        Result<CancelResult> cancelled = await gateway.Mailboxes.CancelAsync(service, sequence);
        return cancelled.IsSuccess ? Answer.Done(status: 204) : Answer.Refused(cancelled.Refusal);
    }

    private ValueTask<Answer> ReadMailboxAsync(Request request) => WithDeviceAsync(request, async device =>
    {
        Result<MailboxInfo> info = await gateway.Mailboxes.GetInfoAsync(device);
        return info.IsSuccess ? Answer.Done(EntityMaps.Of(info.Value)) : Answer.Refused(info.Refusal);
    });

    private ValueTask<Answer> BrowseMailboxAsync(Request request) => WithPageAsync(request, async (device, after, max) =>
    {
        Result<IReadOnlyList<BrowsedMessage>> page = await gateway.Mailboxes.BrowseAsync(device, after, max);
        return page.IsSuccess
            ? Answer.Done(EntityMaps.Page(page.Value, EntityMaps.Of, m => m.Sequence.ToString(), max))
            : Answer.Refused(page.Refusal);
    });

    private ValueTask<Answer> PurgeMailboxAsync(Request request) => WithDeviceAsync(request, async device =>
    {
        Result<int> ended = await gateway.Mailboxes.PurgeAsync(device, service.Name);
        return ended.IsSuccess ? Answer.Done(new AmqpMap { ["ended"] = ended.Value }) : Answer.Refused(ended.Refusal);
    });

    private ValueTask<Answer> ListDeadLettersAsync(Request request) => WithPageAsync(request, async (device, after, max) =>
    {
        Result<IReadOnlyList<ShelvedMessage>> page = await gateway.DeadLetters.ListAsync(device, after, max);
        return page.IsSuccess
            ? Answer.Done(EntityMaps.Page(page.Value, EntityMaps.Of, m => m.Sequence.ToString(), max))
            : Answer.Refused(page.Refusal);
    });

    private ValueTask<Answer> ReadDeadLetterAsync(Request request) => WithMessageAsync(request, async (device, sequence) =>
    {
        Result<ShelvedMessage> found = await gateway.DeadLetters.FindAsync(device, sequence);
        return found.IsSuccess ? Answer.Done(EntityMaps.Of(found.Value)) : Answer.Refused(found.Refusal);
    });

    private ValueTask<Answer> DeleteDeadLetterAsync(Request request) => WithMessageAsync(request, async (device, sequence) =>
    {
        Result<Sequence> deleted = await gateway.DeadLetters.DeleteAsync(device, sequence);
        return deleted.IsSuccess ? Answer.Done(status: 204) : Answer.Refused(deleted.Refusal);
    });

    private ValueTask<Answer> PurgeDeadLettersAsync(Request request) => WithDeviceAsync(request, async device =>
    {
        Result<int> deleted = await gateway.DeadLetters.DeleteAllAsync(device);
        return deleted.IsSuccess ? Answer.Done(new AmqpMap { ["deleted"] = deleted.Value }) : Answer.Refused(deleted.Refusal);
    });

    private ValueTask<Answer> ResendDeadLetterAsync(Request request) => WithMessageAsync(request, async (device, sequence) =>
    {
        Result<long?> expires = request.Number("expires-at");
        if (expires.Refusal is Refusal malformed)
            return Answer.Refused(malformed);
        Result<SentMessage> sent = await gateway.DeadLetters.ResendAsync(device, sequence, expires.Value);
        return sent.IsSuccess ? Answer.Done(EntityMaps.Of(sent.Value), status: 201) : Answer.Refused(sent.Refusal);
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

    private static Answer NoSuchMessage() =>
        Answer.Refused(new Refusal(RefusalKind.NotFound, "Ids of messages are numbers; there is no such message."));
}
