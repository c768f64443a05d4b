using System.Globalization;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Feeds;
using Restante.Core.Inquiries;
using Restante.Core.Issuing;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Reports;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using Restante.Heads.Amqp.Links;
using Restante.Heads.Amqp.Requests;
using Restante.Heads.Amqp.Supplies;

namespace Restante.Heads.Amqp;

/// <summary>
/// The table of addresses. They are relative to the authenticated principal; a device's never name a device, so there is
/// nothing of another's to ask for. Only a field gateway names the devices behind it, as <c>devices/{id}/…</c>.
/// </summary>
internal static class Addresses
{
    /// <summary>Where services send answers to.</summary>
    public const string Answers = "answers";

    /// <summary>Where services send notifications to whose messages name the audience.</summary>
    public const string Notifications = "notifications";

    /// <summary>What the address of a group begins with.</summary>
    public const string GroupPrefix = "groups/";

    /// <summary>Where tokens are put.</summary>
    public const string Tokens = "$cbs";

    private const string State = "state";
    private const string Management = "$management";
    private const string DeviceOnly = "This address is for devices.";
    private const string ServiceOnly =
        "This address is for services; a device has only 'telemetry', 'mailbox', 'reports', 'inquiries/{subject}' and 'state'.";

    /// <summary>Makes the head's end of a link; null with the reason when the principal may not have it.</summary>
    /// <param name="peer">The connection.</param>
    /// <param name="link">The engine's link.</param>
    /// <param name="address">The address asked for.</param>
    /// <param name="source">The source that the peer gave; its filter says where reading begins.</param>
    /// <param name="error">Why not.</param>
    public static HeadLink? Resolve(AmqpPeer peer, AmqpLink link, string address, Source? source, out AmqpError? error)
    {
        error = null;
        if (address == Tokens)
            return link.IsSender ? new ReplyDelivery(peer, link, Tokens, null) : new TokenIntake(peer, link);
        if (peer.IsNobody)
            return RefuseNobody(out error);
        string[] parts = address.Split('/', 4);
        if (IsDeviceAddress(link.IsSender, parts))
            return peer.Device is { } device ? OfDevice(peer, link, device, parts, State) : Refuse(DeviceOnly, out error);
        if (parts is ["devices", var child, .. { Length: > 0 } own] && peer.Device is not null && IsDeviceAddress(link.IsSender, own))
        {
            string state = $"devices/{child}/{State}";
            return new ChildLink(peer, link, peer.ChildOf(child), device => OfDevice(peer, link, device, own, state));
        }

        if (peer.Service is { } service && service.For(address) is null)
            return Refuse("The token is for another address.", out error);
        return OfService(peer, link, parts, source, out error) ?? (error is null ? NotFound(address, link.IsSender, out error) : null);
    }

    /// <summary>Who has not said yet who it is has nothing but <see cref="Tokens"/>.</summary>
    public static HeadLink? RefuseNobody(out AmqpError? error) =>
        Refuse("The connection has no credentials yet: put a token on '$cbs' first.", out error);

    private static bool IsDeviceAddress(bool gatewaySends, string[] parts) => (gatewaySends, parts) switch
    {
        (false, ["telemetry"] or ["mailbox", "settle"] or ["reports"] or [State]) => true,
        (false, ["telemetry", var channel]) => ChannelNames.IsValid(channel),
        (false, ["inquiries", var subject]) => InquiryNames.IsSubject(subject) || GatewaySubjects.IsKnown(subject),
        (true, ["mailbox"] or [State]) => true,
        _ => false,
    };

    // What a device has, by its own name or through its field gateway.
    private static HeadLink OfDevice(AmqpPeer peer, AmqpLink link, DevicePrincipal device, string[] parts, string state)
    {
        return (link.IsSender, parts) switch
        {
            (false, ["telemetry", .. var channel]) => new TelemetryIntake(peer, link, device, channel is [var name] ? name : null),
            (false, ["mailbox", ..]) => new SettleIntake(peer, link, device),
            (false, ["reports"]) => new ReportIntake(peer, link, device),
            (false, ["inquiries", var subject]) => new InquiryIntake(peer, link, device, subject),
            (false, _) => new RequestIntake(peer, link, state, new StateRequests(peer.Gateway.States, device)),
            (true, ["mailbox"]) => new MailboxDelivery(peer, link, device),
            (true, _) => new ReplyDelivery(peer, link, state, device),
        };
    }

    // Null without an error when there is no such address.
    private static HeadLink? OfService(AmqpPeer peer, AmqpLink link, string[] parts, Source? source, out AmqpError? error)
    {
        error = null;
        return (link.IsSender, parts) switch
        {
            (false, ["devices"]) => NeedsRight(peer, Rights.Send, out error) ? new CommandIntake(peer, link, null) : null,
            (false, ["devices", var id]) when DeviceId.IsValid(id) =>
                NeedsRight(peer, Rights.Send, out error) ? new CommandIntake(peer, link, id) : null,
            (false, [Notifications]) => NeedsRight(peer, Rights.Send, out error) ? new NotificationIntake(peer, link, null) : null,
            (false, ["groups", var group]) when GroupNames.IsValid(group) =>
                NeedsRight(peer, Rights.Send, out error) ? new NotificationIntake(peer, link, group) : null,
            (_, [Management]) => OfManagement(peer, link, out error),
            (false, [Answers]) => NeedsRight(peer, Rights.InquiryAnswer, out error) ? new AnswerIntake(peer, link) : null,
            (true, ["outcomes", .. var policy]) when IsReader(policy) => Outcomes(peer, link, policy, out error),
            (true, ["reports", var command]) when Sequence.TryParse(command, out Sequence sequence) =>
                Reports(peer, link, sequence, source, out error),
            (true, ["reports", .. var policy]) when IsReader(policy) => Reports(peer, link, policy, out error),
            (true, ["inquiries", var subject]) when InquiryNames.IsSubject(subject) => NeedsRight(peer, Rights.InquiryAnswer, out error)
                ? new SupplyDelivery<TakenInquiry>(peer, link, new InquirySupply(peer, subject))
                : null,
            (true, ["inquiries", var subject, "ended"]) when InquiryNames.IsSubject(subject) =>
                NeedsRight(peer, Rights.InquiryAnswer, out error)
                ? new SupplyDelivery<TakenItem<EndedInquiry>>(peer, link, Feeds.Ended(peer, subject))
                : null,
            (true, ["audit"]) => Audit(peer, link, source, out error),
            (true, ["events"]) => Stream(peer, link, [StreamId.Events], source, out error),
            (true, ["telemetry", .. var place]) => Telemetry(peer, link, place, source, out error),
            _ => null,
        };
    }

    // Each operation needs a right of its own.
    private static HeadLink? OfManagement(AmqpPeer peer, AmqpLink link, out AmqpError? error)
    {
        if (!NeedsRight(peer, Rights.None, out error))
            return null;
        return link.IsSender
            ? new ReplyDelivery(peer, link, Management, null)
            : new RequestIntake(
                peer, link, Management, new ManagementRequests(peer.Gateway, peer.Service!.For(Management)!, peer.Name, peer.Over));
    }

    private static bool IsReader(string[] policy) => policy is [] || (policy is [var name] && PolicyNames.IsValid(name));

    // A policy's own reader is for that policy and for administrators. What is outside a scope is passed over, so who has an audience does
    // not take part in the reader that all share.
    private static bool MayRead(AmqpPeer peer, string[] policy, out AmqpError? error)
    {
        if (!NeedsRight(peer, policy is [] || policy[0] == peer.Service?.Name ? Rights.Send : Rights.Admin, out error))
            return false;
        if (policy is not [] || peer.Service!.ReachesAll)
            return true;
        error = new AmqpError(
            AmqpConditions.UnauthorizedAccess,
            $"A policy whose scope has an audience reads by itself: at this address with '/{peer.Service.Name}' after it.");
        return false;
    }

    private static SupplyDelivery<TakenItem<OutcomeRecord>>? Outcomes(
        AmqpPeer peer, AmqpLink link, string[] policy, out AmqpError? error) =>
        MayRead(peer, policy, out error)
            ? new SupplyDelivery<TakenItem<OutcomeRecord>>(peer, link, Feeds.Outcomes(peer, policy is [var name] ? name : null))
            : null;

    private static SupplyDelivery<TakenItem<ReportRecord>>? Reports(AmqpPeer peer, AmqpLink link, string[] policy, out AmqpError? error) =>
        MayRead(peer, policy, out error)
            ? new SupplyDelivery<TakenItem<ReportRecord>>(peer, link, Feeds.Reports(peer, policy is [var name] ? name : null))
            : null;

    private static ReportDelivery? Reports(AmqpPeer peer, AmqpLink link, Sequence command, Source? source, out AmqpError? error)
    {
        if (!NeedsRight(peer, Rights.Send, out error))
            return null;
        if (NumberFilter.TryRead(source, out int from, out var applied, out string? problem))
            return new ReportDelivery(peer, link, command, from, applied);
        error = new AmqpError(AmqpConditions.InvalidField, problem);
        return null;
    }

    private static AuditDelivery? Audit(AmqpPeer peer, AmqpLink link, Source? source, out AmqpError? error)
    {
        if (!NeedsRight(peer, Rights.AuditRead, out error))
            return null;
        if (NumberFilter.TryRead(source, out int from, out var applied, out string? problem))
            return new AuditDelivery(peer, link, from, applied);
        error = new AmqpError(AmqpConditions.InvalidField, problem);
        return null;
    }

    private static HeadLink? Telemetry(AmqpPeer peer, AmqpLink link, string[] place, Source? source, out AmqpError? error)
    {
        error = null;
        return place switch
        {
            [] => Stream(peer, link, AllPartitions(peer), source, out error),
            [var partition] when TryPartition(partition, out int number) => Partition(peer, link, number, source, out error),
            [var group] when ChannelNames.IsValidGroup(group) => SelectorFilter.Find(source, out _) is null
                ? Group(peer, link, group, null, out error)
                : Stream(peer, link, AllPartitions(peer), source, out error),
            [var group, var partition] when ChannelNames.IsValidGroup(group) && TryPartition(partition, out int number) =>
                SelectorFilter.Find(source, out _) is null
                    ? Group(peer, link, group, number, out error)
                    : Partition(peer, link, number, source, out error),
            _ => null,
        };
    }

    // Who names no start of its own goes on where its group has come to.
    private static SupplyDelivery<GroupRecord>? Group(AmqpPeer peer, AmqpLink link, string group, int? partition, out AmqpError? error) =>
        NeedsRight(peer, Rights.TelemetryRead, out error)
            ? new SupplyDelivery<GroupRecord>(peer, link, new GroupSupply(peer, group, partition, link.Name))
            : null;

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
        if (StartFilter.TryRead(source, out StreamStart start, out var applied, out string? problem))
            return new StreamDelivery(peer, link, streams, start, applied);
        error = new AmqpError(AmqpConditions.InvalidField, problem);
        return null;
    }

    private static bool NeedsRight(AmqpPeer peer, Rights right, out AmqpError? error)
    {
        error = peer.Service switch
        {
            null => new AmqpError(AmqpConditions.UnauthorizedAccess, ServiceOnly),
            { } service when service.Holds(right) => null,
            { } service => new AmqpError(AmqpConditions.UnauthorizedAccess, Refusal.RightMissing(service.Name, right).Message),
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
