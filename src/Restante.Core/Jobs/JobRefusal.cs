using Restante.Core.Devices;

namespace Restante.Core.Jobs;

/// <summary>A device that a job's command was refused for.</summary>
/// <param name="Device">The device.</param>
/// <param name="Reason">Why, in a sentence.</param>
public sealed record JobRefusal(DeviceId Device, string Reason);
