using System.Globalization;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using Restante.Heads.Amqp.Links;

namespace Restante.Heads.Amqp;

/// <summary>
/// The table of addresses. They are relative to the authenticated principal; a device's never name a device, so there is
/// nothing of another's to ask for.
/// </summary>
internal static class Addresses
{
    private const string DeviceOnly = "This address is for devices.";
    private const string ServiceOnly = "This address is for services; a device has only 'telemetry', 'telemetry/{channel}', 'mailbox' and 'mailbox/settle'.";

    /// <summary>Makes the head's end of a link; null with the reason when the principal may not have it.</summary>
    /// <param name="peer">The connection.</param>
    /// <param name="link">The engine's link.</param>
    /// <param name="address">The address asked for.</param>
    /// <param name="source">The source that the peer gave; its filter says where reading begins.</param>
    /// <param name="error">Why not.</param>
    public static HeadLink? Resolve(AmqpPeer peer, AmqpLink link, string address, Source? source, out AmqpError? error)
    {
        error = null;
        string[] parts = address.Split('/', 4);
        return (link.IsSender, parts) switch
        {
            (false, ["telemetry"]) => peer.Device is null ? Refuse(DeviceOnly, out error) : new TelemetryIntake(peer, link, null),
            (false, ["telemetry", var channel]) when ChannelNames.IsValid(channel) =>
                peer.Device is null ? Refuse(DeviceOnly, out error) : new TelemetryIntake(peer, link, channel),
            (false, ["mailbox", "settle"]) => peer.Device is null ? Refuse(DeviceOnly, out error) : new SettleIntake(peer, link),
            (true, ["mailbox"]) => peer.Device is null ? Refuse(DeviceOnly, out error) : new MailboxDelivery(peer, link),
            (false, ["devices"]) => NeedsRight(peer, Rights.Send, out error) ? new CommandIntake(peer, link, null) : null,
            (false, ["devices", var id]) when DeviceId.IsValid(id) =>
                NeedsRight(peer, Rights.Send, out error) ? new CommandIntake(peer, link, id) : null,
            (true, ["outcomes"]) => NeedsRight(peer, Rights.Send, out error) ? new OutcomeDelivery(peer, link, null) : null,
            (true, ["outcomes", var policy]) when PolicyNames.IsValid(policy) =>
                NeedsRight(peer, policy == peer.Service?.Name ? Rights.Send : Rights.Admin, out error) ? new OutcomeDelivery(peer, link, policy) : null,
            (true, ["events"]) => Stream(peer, link, [StreamId.Events], source, out error),
            (true, ["telemetry"]) => Stream(peer, link, AllPartitions(peer), source, out error),
            (true, ["telemetry", var partition]) when TryPartition(partition, out int number) =>
                Partition(peer, link, number, source, out error),
            (true, ["telemetry", var group]) when ChannelNames.IsValidGroup(group) =>
                Stream(peer, link, AllPartitions(peer), source, out error),
            (true, ["telemetry", var group, var partition])
                when ChannelNames.IsValidGroup(group) && TryPartition(partition, out int number) =>
                Partition(peer, link, number, source, out error),
            _ => NotFound(address, link.IsSender, out error),
        };
    }

    private static bool TryPartition(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static StreamId[] AllPartitions(AmqpPeer peer)
    {
        var all = new StreamId[peer.Gateway.Telemetry.Partitions];
        for (int i = 0; i < all.Length; i++)
            all[i] = StreamId.Telemetry(i);
        return all;
    }

    private static StreamDelivery? Partition(AmqpPeer peer, AmqpLink link, int number, Source? source, out AmqpError? error)
    {
        if (number < peer.Gateway.Telemetry.Partitions || peer.Device is not null)
            return Stream(peer, link, [StreamId.Telemetry(number)], source, out error);
        error = new AmqpError(
            AmqpConditions.NotFound, $"There is no partition {number}; they are 0 to {peer.Gateway.Telemetry.Partitions - 1}.");
        return null;
    }

    private static StreamDelivery? Stream(AmqpPeer peer, AmqpLink link, StreamId[] streams, Source? source, out AmqpError? error)
    {
        if (!NeedsRight(peer, Rights.TelemetryRead, out error))
            return null;
        if (StartFilter.TryRead(source, out StreamStart start, out string? problem))
            return new StreamDelivery(peer, link, streams, start);
        error = new AmqpError(AmqpConditions.InvalidField, problem);
        return null;
    }

    private static bool NeedsRight(AmqpPeer peer, Rights right, out AmqpError? error)
    {
        error = peer.Service switch
        {
            null => new AmqpError(AmqpConditions.UnauthorizedAccess, ServiceOnly),
            { } service when service.May(right) => null,
            _ => new AmqpError(AmqpConditions.UnauthorizedAccess, $"The policy lacks the right {right}."),
        };
        return error is null;
    }

    private static HeadLink? Refuse(string why, out AmqpError? error)
    {
        error = new AmqpError(AmqpConditions.UnauthorizedAccess, why);
        return null;
    }

    private static HeadLink? NotFound(string address, bool gatewaySends, out AmqpError? error)
    {
        string shown = address.Length <= 64 ? address : string.Concat(address.AsSpan(0, 64), "…");
        error = new AmqpError(AmqpConditions.NotFound, $"There is nothing to {(gatewaySends ? "receive from" : "send to")} at '{shown}'.");
        return null;
    }
}
