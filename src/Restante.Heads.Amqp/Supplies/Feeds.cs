using Restante.Core.Access;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Outcomes;
using Restante.Core.Refusals;
using Restante.Core.Reports;
using Restante.Heads.Amqp.Messages;

namespace Restante.Heads.Amqp.Supplies;

/// <summary>The durable feeds that services receive from.</summary>
internal static class Feeds
{
    /// <summary>Outcomes, of the reader that all services share or of a policy's own.</summary>
    /// <param name="peer">The connection.</param>
    /// <param name="policy">The policy; null for the shared reader. It must exist, which bounds how many readers there are.</param>
    public static FeedSupply<OutcomeRecord> Outcomes(AmqpPeer peer, string? policy)
    {
        OutcomeFeed outcomes = peer.Gateway.Outcomes;
        return new FeedSupply<OutcomeRecord>(
            peer.Service!,
            () => OpenAsync(
                peer,
                policy,
                () => new OpenedFeed<OutcomeRecord>(
                    outcomes.Reader(policy is null ? OutcomeFeed.SharedReader : OutcomeFeed.ReaderOf(policy)), outcomes.Added)),
            OutcomeMessage.Write,
            static outcome => outcome.Reason?.Length ?? 0);
    }

    /// <summary>Reports, as <see cref="Outcomes"/>.</summary>
    public static FeedSupply<ReportRecord> Reports(AmqpPeer peer, string? policy)
    {
        ReportHub reports = peer.Gateway.Reports;
        return new FeedSupply<ReportRecord>(
            peer.Service!,
            () => OpenAsync(
                peer,
                policy,
                () => new OpenedFeed<ReportRecord>(
                    reports.Reader(policy is null ? ReportHub.SharedReader : ReportHub.ReaderOf(policy)), reports.Added)),
            ReportMessage.Write,
            static report => report.Content.Length);
    }

    /// <summary>Inquiries of a subject that ended without a handler's doing; the reader is the policy's own.</summary>
    public static FeedSupply<EndedInquiry> Ended(AmqpPeer peer, string subject)
    {
        return new FeedSupply<EndedInquiry>(
            peer.Service!,
            () =>
            {
                Result<EndedFeed> opened = peer.Gateway.Inquiries.OpenEnded(peer.Service!, subject);
                return ValueTask.FromResult<Result<OpenedFeed<EndedInquiry>>>(
                    opened.IsSuccess ? new OpenedFeed<EndedInquiry>(opened.Value.Reader, opened.Value.Added) : opened.Refusal);
            },
            EndedInquiryMessage.Write,
            static _ => 0);
    }

    private static async ValueTask<Result<OpenedFeed<T>>> OpenAsync<T>(AmqpPeer peer, string? policy, Func<OpenedFeed<T>> open)
    {
        if (policy is null)
            return open();
        Result<PolicyRecord> found = await peer.Gateway.Policies.FindAsync(policy);
        return found.IsSuccess ? open() : found.Refusal;
    }
}
