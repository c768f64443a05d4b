using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Notifications;
using Restante.Core.Refusals;
using Restante.Core.Selection;
using Restante.Core.Storage;

namespace Restante.Core.History;

/// <content>What services ask, as far as their scopes reach.</content>
public sealed partial class Explainer
{
    /// <summary>
    /// Explains a message to a service. One of a device that it does not see is like none; so is the notification of another policy, unless
    /// it is asked what that is for a device that it reaches and that belongs to the audience. Refusals: those of
    /// <see cref="ExplainAsync(Sequence, string?)"/>.
    /// </summary>
    public async ValueTask<Result<Explanation>> ExplainAsync(ServicePrincipal by, Sequence sequence, string? device)
    {
        if (by.ReachesAll)
            return await ExplainAsync(sequence, device);
        try
        {
            return await SeesAsync(by, sequence, device) ? await ExplainAsync(sequence, device) : NoMessage(sequence);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private static Refusal NoMessage(Sequence sequence) =>
        new(RefusalKind.NotFound, $"No message {sequence} waits, and the outcome of none is kept.");

    private async ValueTask<bool> SeesAsync(ServicePrincipal by, Sequence sequence, string? name)
    {
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        if (await _store.Mailboxes.FindMessageAsync(sequence, now) is BrowsedMessage waiting)
            return await _scopes.FindAsync(by, waiting.Device) is not null;
        if (await _store.Mailboxes.FindOutcomeAsync(sequence) is OutcomeRecord ended)
            return await _scopes.Reading(by).SeesAsync(ended);
        if (await _store.Notifications.FindAsync(sequence, now) is not NotificationRecord notification)
            return false;
        bool isOwn = notification.Sender == by.Name;
        if (name is null)
            return isOwn;
        DeviceRecord? device = DeviceId.TryParse(name, out DeviceId id) ? await _scopes.FindAsync(by, id) : null;
        return device is not null && (isOwn || AudienceQuery.Parse(notification.Audience).Value!.Matches(device));
    }
}
