namespace Restante.Core.States;

/// <summary>A device's state document as it is read.</summary>
/// <param name="Desired">What services want.</param>
/// <param name="Reported">What the device says.</param>
/// <param name="Tags">The device's tags, a JSON object; null when the device itself reads, which does not see them.</param>
public sealed record StateDocument(StateContent Desired, StateContent Reported, string? Tags);
