using System.Buffers;
using System.Buffers.Binary;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.States;
using Restante.Heads.Amqp.Requests;

namespace Restante.Heads.Amqp.Links;

/// <summary>
/// Answers to requests go out on this link, in the order in which they are ready. On a device's <c>state</c> it also tells what services
/// desire whenever that changes; of changes that come faster than the device receives it tells the newest. Of several links of a connection
/// at one device's <c>state</c> the first tells it, and when that ends the next.
/// </summary>
/// <param name="peer">The connection.</param>
/// <param name="link">The engine's link.</param>
/// <param name="node">The node whose answers it takes; null for a dynamic one, which takes those that name it.</param>
/// <param name="listener">The device whose desired state is told; null for none.</param>
internal sealed class ReplyDelivery(AmqpPeer peer, AmqpLink link, string? node, DevicePrincipal? listener)
    : HeadLink(peer, link), IStateListener
{
    /// <summary>The most <see cref="AmqpPeer.TokenAnswers"/>: clients put a token, or one for each of some addresses, and wait.</summary>
    public const int MaxTokenAnswers = 64;

    private const int MaxAddressLength = 1_024;

    private readonly Queue<Ready> _ready = new();
    private int _reserved;
    private long _sent;
    private bool _isListening;
    private bool _changed;
    private bool _reading;

    /// <summary>The node whose answers it takes.</summary>
    public string? Node => node;

    /// <summary>The name of the link; a request's link of the same name is its other half.</summary>
    public string Name => Link.Name;

    /// <summary>What a request writes as reply-to to have its answer here; null for nothing.</summary>
    public string? Address { get; private set; }

    public override void Attach(Attach attach)
    {
        Source source = attach.Source ?? new Source();
        if (attach.Target?.Address?.Length > MaxAddressLength)
        {
            Link.Refuse(new AmqpError(
                AmqpConditions.InvalidField, $"The address that is to be named in reply-to is longer than {MaxAddressLength} characters."));
            return;
        }

        Address = source.Dynamic ? Peer.NewReplyAddress() : attach.Target?.Address;
        bool isFirst = Peer.FindListener(node) is null;
        Peer.AddReplies(this);
        if (isFirst)
            Listen();
        source = source with { Address = source.Dynamic ? Address : source.Address, Filter = null };
        Link.Accept(new LinkAnswer { Source = source, Target = attach.Target });
        Pump();
    }

    /// <summary>True when it may tell what services desire.</summary>
    public bool CanListen => listener is not null;

    /// <summary>Keeps a place for an answer; false when as many wait, or as many bytes on the whole connection, as may.</summary>
    /// <param name="most">The most bytes that it can have; to be given to <see cref="Reply"/> again.</param>
    public bool TryReserve(int most)
    {
        if (!Peer.HasRoomForAnswer(most) || !TryReserveOne())
            return false;
        Peer.AnswerBytes += most;
        return true;
    }

    /// <summary>
    /// Keeps a place for the answer about a token; false when as many wait as may. It takes no bytes from other answers, nor they from it:
    /// who may not renew its token loses the connection.
    /// </summary>
    public bool TryReserveForToken()
    {
        if (Peer.TokenAnswers >= MaxTokenAnswers || !TryReserveOne())
            return false;
        Peer.TokenAnswers++;
        return true;
    }

    /// <summary>Sends an answer in a place that was kept. Whoever has left meanwhile gets none.</summary>
    /// <param name="correlationId">Which request it answers.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="most">What was kept for it; 0 for that about a token.</param>
    public void Reply(object? correlationId, Answer answer, int most)
    {
        _reserved--;
        Peer.AnswerBytes -= most;
        if (answer.IsOfToken)
            Peer.TokenAnswers--;
        if (IsOver)
            return;
        byte[] message = answer.Encode(correlationId);
        if (Link.RemoteMaxMessageSize is > 0 and ulong largest && (ulong)message.Length > largest)
        {
            var tooLarge = new Refusal(RefusalKind.TooLarge, $"The answer has {message.Length} bytes, more than the link allows.");
            message = Answer.Refused(tooLarge).Encode(correlationId);
        }

        Enqueue(new Ready(message, answer.IsOfToken));
        Pump();
    }

    public override void Progress() => Pump();

    public override void Disposed(DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
        if (!settled && state is { IsTerminal: true })
            Link.Settle(number, Plain(state));
        Pump();
    }

    /// <inheritdoc/>
    public void OnDesiredChanged(long version) => Wake();

    protected override void Noticed() => _changed = true;

    protected override void Ended()
    {
        while (_ready.TryDequeue(out Ready answer))
            Gone(answer);
        Peer.RemoveReplies(this);
        if (!_isListening)
            return;
        Peer.Gateway.States.Forget(listener!, this);
        if (Peer.FindListener(node) is ReplyDelivery next)
        {
            next.Listen();
            next.Wake(); // What the first was about to tell is told by the next.
        }
    }

    private void Listen()
    {
        if (listener is null)
            return;
        _isListening = true;
        Peer.Gateway.States.Listen(listener, this);
    }

    private void Pump()
    {
        if (IsOver || !SendReady())
            return;
        if (_changed && !_reading && Room(Link.UnsettledCount, 1) > 0)
        {
            _reading = true;
            _changed = false;
            Peer.Await(Peer.Gateway.States.GetNewsAsync(listener!), this, static (_, result, link) => link.HasRead(result));
        }
        else if (!_reading)
        {
            Link.Drained();
        }
    }

    private void HasRead(Result<StateDocument> result)
    {
        _reading = false;
        if (IsOver)
            return;
        if (result.IsSuccess)
        {
            // Whose credit is gone meanwhile is told of the newest when there is some again.
            if (Room(Link.UnsettledCount, 1) > 0)
                Enqueue(new Ready(Desired(result.Value.Desired), IsOfToken: false));
            else
                _changed = true;
        }
        else
        {
            Peer.Gateway.Metrics.Refused(result.Refusal.Kind);
            _changed = result.Refusal.Kind == RefusalKind.Unavailable;
            if (_changed)
                Pause();
        }

        Pump();
    }

    private bool TryReserveOne()
    {
        if (IsOver || _ready.Count + _reserved >= Peer.Options.LinkCredit)
            return false;
        _reserved++;
        return true;
    }

    private void Enqueue(Ready answer)
    {
        if (answer.IsOfToken)
            Peer.TokenAnswers++;
        else
            Peer.AnswerBytes += answer.Message.Length;
        _ready.Enqueue(answer);
    }

    private void Gone(Ready answer)
    {
        if (answer.IsOfToken)
            Peer.TokenAnswers--;
        else
            Peer.AnswerBytes -= answer.Message.Length;
    }

    // True when no answer is left to be sent.
    private bool SendReady() => SendAll(_ready, this, static (link, next) => link.Send(next), static _ => "An answer");

    private SendResult Send(Ready answer)
    {
        Span<byte> tag = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(tag, ++_sent);
        SendResult sent = Link.Send(tag, answer.Message, settled: true);
        if (sent.IsSent)
            Gone(answer);
        return sent;
    }

    private static byte[] Desired(StateContent desired)
    {
        ArrayBufferWriter<byte> buffer = OutputSpace.Rent();
        var writer = new MessageWriter(buffer);
        try
        {
            writer.WriteProperties(new MessageProperties { Subject = "desired", ContentType = "application/json" });
            CompoundScope properties = writer.BeginMap(SectionKind.ApplicationProperties);
            writer.Entry("version", (object)desired.Version);
            writer.EndMap(properties);
            writer.WriteData(desired.Json.Span);
            return buffer.WrittenSpan.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    /// <summary>An answer that is to be sent.</summary>
    private readonly record struct Ready(byte[] Message, bool IsOfToken);
}
