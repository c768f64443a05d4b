using Microsoft.Extensions.Logging;
using Restante.Storage.Streams.Segments;

namespace Restante.Storage.Streams;

/// <summary>What a store needs from around it.</summary>
internal sealed record StreamStoreHost(ILogger Logger, TimeProvider Time, LogMedium Medium);
