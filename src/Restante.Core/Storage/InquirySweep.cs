using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>What a sweep of the inquiries did.</summary>
public sealed record InquirySweep
{
    /// <summary>How many ended as <c>expired</c>.</summary>
    public required int Expired { get; init; }

    /// <summary>How many ended as <c>undeliverable</c> because their last lease lapsed.</summary>
    public required int Undeliverable { get; init; }

    /// <summary>How many of these the device could not be told of, as its mailbox was full.</summary>
    public required int Untold { get; init; }

    /// <summary>How many leases lapsed.</summary>
    public required int Lapsed { get; init; }

    /// <summary>How many ended inquiries passed their retention.</summary>
    public required int Dropped { get; init; }

    /// <summary>Subjects of which inquiries wait again.</summary>
    public required IReadOnlyCollection<string> WaitingAgain { get; init; }

    /// <summary>Subjects of which inquiries ended.</summary>
    public required IReadOnlyCollection<string> Ended { get; init; }

    /// <summary>Devices whose mailbox has a new answer.</summary>
    public required IReadOnlyCollection<DeviceNumber> DevicesWithMail { get; init; }

    /// <summary>True when there is more to do at the same instant.</summary>
    public required bool More { get; init; }
}
