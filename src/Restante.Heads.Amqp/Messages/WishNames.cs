namespace Restante.Heads.Amqp.Messages;

/// <summary>
/// The application properties that say, at an address, what a sender wishes of the gateway (<see cref="MessageWishes"/>). As over HTTPS
/// they are no part of the message: nobody else is shown them.
/// </summary>
internal static class WishNames
{
    /// <summary>Where nothing is wished.</summary>
    public static byte[][] None { get; } = [];

    /// <summary>Of commands.</summary>
    public static byte[][] OfCommands { get; } =
    [
        "not-before"u8.ToArray(),
        "replace-key"u8.ToArray(),
        "outcome"u8.ToArray(),
        "shelve-expired"u8.ToArray(),
        "reports-until"u8.ToArray(),
    ];

    /// <summary>Of notifications to an audience. The query names tags, which devices do not see.</summary>
    public static byte[][] OfNotifications { get; } = ["audience"u8.ToArray()];

    /// <summary>Of reports and answers.</summary>
    public static byte[][] OfStreams { get; } = ["final"u8.ToArray(), "number"u8.ToArray()];

    /// <summary>Of inquiries.</summary>
    public static byte[][] OfInquiries { get; } = ["until"u8.ToArray(), "only-if-handled"u8.ToArray(), "cancel"u8.ToArray()];
}
