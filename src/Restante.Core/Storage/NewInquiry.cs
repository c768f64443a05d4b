using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>A question of a device.</summary>
public sealed record NewInquiry
{
    /// <summary>Who asks.</summary>
    public required DeviceNumber Device { get; init; }

    /// <summary>The id the device gives it, at most 64 characters; the same again names the same inquiry while that is kept.</summary>
    public required string Id { get; init; }

    /// <summary>What it is about; at most 64 characters.</summary>
    public required string Subject { get; init; }

    /// <summary>The question. The store copies it before the call returns.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>From when on no answer is taken.</summary>
    public required long DeadlineMs { get; init; }
}
