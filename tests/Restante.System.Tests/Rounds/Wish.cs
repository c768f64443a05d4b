namespace Restante.System.Tests.Rounds;

/// <summary>A command that a service sends, once or again: the same wish is the same command.</summary>
/// <param name="Device">To whom.</param>
/// <param name="Key">The message-id.</param>
/// <param name="LifeMs">Its life; 0 for the usual one.</param>
/// <param name="NotBeforeMs">When it is due, in milliseconds since 1970 by the clock of the gateway; 0 for at once.</param>
/// <param name="ReplaceKey">What it replaces.</param>
internal sealed record Wish(string Device, string Key, double LifeMs, double NotBeforeMs, string? ReplaceKey)
{
    public byte[] Body => Mark.Write("command", Device, Key);

    /// <summary>The act of sending it.</summary>
    public Entry Entry(double from, Reply reply, long id, string words) => new()
    {
        Act = Act.Send,
        From = from,
        To = History.Now,
        Reply = reply,
        Device = Device,
        Key = Key,
        Id = id,
        Word = words,
        LifeMs = LifeMs,
        NotBeforeMs = NotBeforeMs,
        ReplaceKey = ReplaceKey,
    };
}
