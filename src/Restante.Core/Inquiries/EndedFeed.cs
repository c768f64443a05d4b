using Restante.Core.Feeds;
using Restante.Core.Signals;

namespace Restante.Core.Inquiries;

/// <summary>A policy's own reader of what ended of a subject.</summary>
/// <param name="Reader">The reader; its receivers compete.</param>
/// <param name="Added">Pulses when there may be more to take.</param>
public sealed record EndedFeed(FeedReader<EndedInquiry> Reader, Signal Added);
