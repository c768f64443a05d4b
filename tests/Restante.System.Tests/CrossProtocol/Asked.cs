namespace Restante.System.Tests.CrossProtocol;

/// <summary>An inquiry as a service was handed it, in words that all protocols share.</summary>
internal sealed record Asked
{
    /// <summary>The gateway's number of it.</summary>
    public required string Number { get; init; }

    /// <summary>The device that asks.</summary>
    public required string Device { get; init; }

    /// <summary>What the device put into it.</summary>
    public required Letter Letter { get; init; }

    /// <summary>How often it has been handed out, this time included.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>Settles it: <c>accept</c>, <c>reject</c>, <c>release</c>.</summary>
    public required Func<string, Task> SettleAsync { get; init; }
}
