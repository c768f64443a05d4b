using Restante.Core.Inquiries;

namespace Restante.Core.Storage;

/// <summary>A piece of the feed of ended inquiries of one subject.</summary>
/// <param name="Ended">In order of their numbers.</param>
/// <param name="LastNumber">The number of the newest one there ever was, of any subject; 0 before the first.</param>
public sealed record EndedInquiryBatch(IReadOnlyList<EndedInquiry> Ended, long LastNumber);
