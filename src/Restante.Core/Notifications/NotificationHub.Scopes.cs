using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Notifications;

/// <content>
/// What services look at and take back: a policy with an audience has the notifications that it sent, those of others are like none.
/// </content>
public sealed partial class NotificationHub
{
    /// <summary>The delivery report of a notification, for a service; see <see cref="GetAsync(Sequence, Looker)"/>.</summary>
    /// <param name="by">Who looks.</param>
    /// <param name="sequence">The notification.</param>
    /// <param name="cancellation">Cancelled when nobody waits for it any more.</param>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async ValueTask<Result<DeliveryReport>> GetAsync(
        ServicePrincipal by, Sequence sequence, CancellationToken cancellation = default) =>
        await CheckAsync(by, sequence) is Refusal refusal ? refusal : await GetAsync(sequence, new Looker(by.Name, cancellation));

    /// <summary>Takes a notification back, for a service; see <see cref="RecallAsync(Sequence, string)"/>.</summary>
    public async ValueTask<Result<NotificationRecord>> RecallAsync(ServicePrincipal by, Sequence sequence) =>
        await CheckAsync(by, sequence) is Refusal refusal ? refusal : await RecallAsync(sequence, by.Name);

    /// <summary>True when a service has sent a notification itself. Refusals: unavailable.</summary>
    public async ValueTask<Result<bool>> IsOfAsync(ServicePrincipal by, Sequence sequence)
    {
        try
        {
            return (await _store.FindAsync(sequence, NowMs))?.Sender == by.Name;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Lists notifications, for a service; see <see cref="ListAsync(Sequence, int)"/>.</summary>
    public ValueTask<Result<IReadOnlyList<NotificationRecord>>> ListAsync(ServicePrincipal by, Sequence after, int max) =>
        ListAsync(after, max, by.ReachesAll ? null : by.Name);

    /// <summary>
    /// Lists who has settled a notification, for a service: the devices that it reaches now, and those that are no more. See
    /// <see cref="ListDevicesAsync(Sequence, DeviceNumber, int)"/>.
    /// </summary>
    public async ValueTask<Result<IReadOnlyList<NotificationDevice>>> ListDevicesAsync(
        ServicePrincipal by, Sequence sequence, DeviceNumber after, int max)
    {
        if (await CheckAsync(by, sequence) is Refusal refusal)
            return refusal;
        Result<IReadOnlyList<NotificationDevice>> page = await ListDevicesAsync(sequence, after, max);
        if (by.ReachesAll || !page.IsSuccess)
            return page;
        try
        {
            ScopedReading reading = _scopes.Reading(by);
            var seen = new List<NotificationDevice>();
            while (page.IsSuccess)
            {
                foreach (NotificationDevice device in page.Value)
                {
                    if (await reading.SeesAsync(device))
                        seen.Add(device);
                    if (seen.Count == max)
                        return seen;
                }

                if (page.Value.Count < max)
                    return seen;
                page = await ListDevicesAsync(sequence, page.Value[^1].Number, max);
            }

            return page.Refusal;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private async ValueTask<Refusal?> CheckAsync(ServicePrincipal by, Sequence sequence)
    {
        if (by.ReachesAll)
            return null;
        try
        {
            return await _store.FindAsync(sequence, NowMs) is { } found && found.Sender == by.Name ? null : NotFound(sequence);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }
}
