using Restante.Core.Paging;

namespace Restante.Heads.Http.Waiting;

/// <summary>What a look for the news of an event stream came to, and so what comes next.</summary>
internal enum NewsLook
{
    /// <summary>There was nothing: the stream waits until the bell rings.</summary>
    Nothing,

    /// <summary>Something was sent: the next look comes as soon as the reader has taken it.</summary>
    Sent,

    /// <summary>
    /// Much was passed over that the reader is not shown, and there may be more: nothing that the reader does holds the stream up, so the
    /// next look takes a turn of its policy.
    /// </summary>
    PassedOver,
}

/// <summary>Tells what a look came to.</summary>
internal static class NewsLooks
{
    /// <summary>A look that has found something or may have more to look at, unless it is empty.</summary>
    /// <param name="isEmpty">True when there was nothing, and there is no more to look at.</param>
    /// <param name="passedOver">How many records it passed over, as the reader is not shown them.</param>
    public static NewsLook Of(bool isEmpty, long passedOver) =>
        isEmpty ? NewsLook.Nothing : passedOver > PageBounds.ScopedStep ? NewsLook.PassedOver : NewsLook.Sent;

    /// <summary>The same where nothing is passed over.</summary>
    public static NewsLook Of(int sent) => sent > 0 ? NewsLook.Sent : NewsLook.Nothing;
}
