using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>What a handler says of an inquiry that it was handed.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Handler">The policy that was handed it.</param>
/// <param name="Verb">What to do.</param>
/// <param name="Reason">For <see cref="SettleVerb.Reject"/>: what the device is told; cut to 512 characters.</param>
/// <param name="LeaseDurationMs">For <see cref="SettleVerb.Renew"/>: how long from now.</param>
public readonly record struct InquirySettle(
    InquiryLease Lease, string Handler, SettleVerb Verb, string? Reason = null, long LeaseDurationMs = 0);
