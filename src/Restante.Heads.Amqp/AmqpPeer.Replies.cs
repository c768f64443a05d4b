using System.Globalization;
using Restante.Heads.Amqp.Links;

namespace Restante.Heads.Amqp;

/// <summary>Where answers to the requests of a connection go.</summary>
internal sealed partial class AmqpPeer
{
    private const string OwnPair = "$me";

    private List<ReplyDelivery>? _replies;
    private long _replyAddresses;

    /// <summary>A new address that requests of this connection can name as reply-to.</summary>
    public string NewReplyAddress() => string.Create(CultureInfo.InvariantCulture, $"replies/{++_replyAddresses}");

    public void AddReplies(ReplyDelivery replies) => (_replies ??= []).Add(replies);

    /// <summary>
    /// Bytes of answers that wait for the receivers' credit, on all links, and the most that those to requests under way can have.
    /// </summary>
    public long AnswerBytes { get; set; }

    /// <summary>Answers about tokens that wait for the receivers' credit, on all links, and those to tokens under way.</summary>
    public int TokenAnswers { get; set; }

    /// <summary>False when an answer of so many bytes would be too much beside the others; one is let in, whatever it has.</summary>
    public bool HasRoomForAnswer(long bytes) => AnswerBytes == 0 || AnswerBytes + bytes <= Options.MaxBytesInFlight;

    public void RemoveReplies(ReplyDelivery replies) => _replies?.Remove(replies);

    /// <summary>The first link at a node that may tell what services desire of its device.</summary>
    public ReplyDelivery? FindListener(string? node) => _replies?.Find(r => r.CanListen && r.Node == node);

    /// <summary>
    /// The link for the answer about a token. Clients name it in many ways: by its address, by its name, or not so that anybody could tell.
    /// </summary>
    public ReplyDelivery? FindTokenReplies(string? replyTo) =>
        _replies?.Find(r => r.Node == Addresses.Tokens && replyTo is not null && (r.Address == replyTo || r.Name == replyTo))
            ?? _replies?.Find(r => r.Node == Addresses.Tokens);

    /// <summary>
    /// The link for the answer to a request: the one with the address that the request names, or, when it names none, the one of the same
    /// name as the request's link, or the first at the same node.
    /// </summary>
    public ReplyDelivery? FindReplies(string node, string? replyTo, string linkName)
    {
        if (_replies is null)
            return null;
        if (replyTo is not (null or OwnPair))
            return _replies.Find(r => r.Address == replyTo) ?? _replies.Find(r => r.Node == node && replyTo == node);
        return _replies.Find(r => r.Node == node && r.Name == linkName) ?? _replies.Find(r => r.Node == node);
    }
}
