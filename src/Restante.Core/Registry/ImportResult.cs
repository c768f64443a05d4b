using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Registry;

/// <summary>What became of an <see cref="ImportedDevice"/>.</summary>
/// <param name="Status">What was done; null when what was said breaks a rule, or the store takes nothing.</param>
/// <param name="Refusal">Why it was refused; null when it was not.</param>
/// <param name="What">What of a device that was there was changed, as the history names it; null when nothing was.</param>
public readonly record struct ImportResult(DeviceLineStatus? Status, Refusal? Refusal, string? What = null);
