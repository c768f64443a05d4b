using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Jobs;
using Restante.Core.Mailboxes;
using Restante.Core.Metrics;
using Restante.Core.Notifications;
using Restante.Core.Paging;
using Restante.Core.Reports;
using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Core.Access;

/// <summary>
/// Which records of one reading a service sees: those of the devices that it reaches now. What a device of the same id did before this one
/// was created is another's and not seen; of devices that are no more a service sees what became of its own messages. All calls fail as the
/// store does.
/// </summary>
internal sealed class ScopedReading(IRegistryStore registry, ServicePrincipal by, CoreMetrics metrics)
{
    /// <summary>So many records are looked at in one reading without finding one that is seen; then the reader comes again.</summary>
    public const int MaxLookedAt = PageBounds.MaxLookedAt;

    /// <summary>So many records of a stream are read at once at the least, however few are wanted.</summary>
    public const int Step = PageBounds.ScopedStep;

    /// <summary>So many bytes of them at the least.</summary>
    public const int StepBytes = 1 << 20;

    private readonly Dictionary<string, (DeviceRecord? Device, bool IsReached)> _known = new(StringComparer.Ordinal);

    /// <summary>True when every device is seen, and nothing has to be looked up.</summary>
    public bool SeesAll => by.ReachesAll;

    /// <summary>True when the service sees a record of a stream.</summary>
    public async ValueTask<bool> SeesAsync(StreamId stream, StreamRecord record)
    {
        bool sees = (stream.IsEvents || by.SeesChannel(record.Channel))
            && (SeesAll || IsOfReached(await LookAsync(record.Source), record.EnqueuedAtMs));
        return Count(sees);
    }

    /// <summary>True when the service sees how a message ended.</summary>
    public async ValueTask<bool> SeesAsync(OutcomeRecord outcome)
    {
        if (SeesAll)
            return true;
        (DeviceRecord? device, bool isReached) = await LookAsync(outcome.Device.Value);
        return Count(device?.Number == outcome.DeviceNumber ? isReached : outcome.Sender == by.Name);
    }

    /// <summary>True when the service sees a report in the feed of all.</summary>
    public async ValueTask<bool> SeesAsync(ReportRecord report) =>
        SeesAll || Count(IsOfReached(await LookAsync(report.Device.Value), report.AtMs));

    /// <summary>True when the service sees that an inquiry ended.</summary>
    public async ValueTask<bool> SeesAsync(EndedInquiry ended)
    {
        if (SeesAll)
            return true;
        (DeviceRecord? device, bool isReached) = await LookAsync(ended.Device.Value);
        bool isGone = device is null || ended.AtMs < device.CreatedAtMs;
        return Count(isGone ? ended.Handler == by.Name : isReached);
    }

    /// <summary>True when the service, whose notification it is, sees who has settled it.</summary>
    public async ValueTask<bool> SeesAsync(NotificationDevice settled)
    {
        if (SeesAll)
            return true;
        (DeviceRecord? device, bool isReached) = await LookAsync(settled.Device.Value);
        return Count(device?.Number != settled.Number || isReached);
    }

    /// <summary>True when the service, whose job it is, sees for which device the command was refused.</summary>
    public async ValueTask<bool> SeesAsync(JobRefusal refused)
    {
        if (SeesAll)
            return true;
        (DeviceRecord? device, bool isReached) = await LookAsync(refused.Device.Value);
        return Count(device is null || isReached);
    }

    private static bool IsOfReached((DeviceRecord? Device, bool IsReached) found, long atMs) =>
        found.IsReached && atMs >= found.Device!.CreatedAtMs;

    private async ValueTask<(DeviceRecord? Device, bool IsReached)> LookAsync(string id)
    {
        if (_known.TryGetValue(id, out (DeviceRecord?, bool) known))
            return known;
        DeviceRecord? device = DeviceId.TryParse(id, out DeviceId parsed) ? await registry.FindDeviceAsync(parsed) : null;
        known = (device, device is not null && by.Reaches(device));
        _known.Add(id, known);
        return known;
    }

    private bool Count(bool sees)
    {
        if (!sees)
            metrics.PassedOver();
        return sees;
    }
}
