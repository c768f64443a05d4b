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
/// desire whenever that changes; of changes that come faster than the device receives it tells the newest.
/// </summary>
/// <param name="peer">The connection.</param>
/// <param name="link">The engine's link.</param>
/// <param name="node">The node whose answers it takes; null for a dynamic one, which takes those that name it.</param>
/// <param name="listener">The device whose desired state is told; null for none.</param>
internal sealed class ReplyDelivery(AmqpPeer peer, AmqpLink link, string? node, DevicePrincipal? listener)
    : HeadLink(peer, link), IStateListener
{
    private const int MaxAddressLength = 1_024;

    private readonly Queue<byte[]> _ready = new();
    private int _reserved;
    private long _sent;
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
        Peer.AddReplies(this);
        if (listener is not null)
            Peer.Gateway.States.Listen(listener, this);
        source = source with { Address = source.Dynamic ? Address : source.Address, Filter = null };
        Link.Accept(new LinkAnswer { Source = source, Target = attach.Target });
        Pump();
    }

    /// <summary>Keeps a place for an answer; false when as many wait, or as many bytes on the whole connection, as may.</summary>
    /// <param name="most">The most bytes that it can have; to be given to <see cref="Reply"/> again.</param>
    public bool TryReserve(int most)
    {
        if (IsOver || _ready.Count + _reserved >= Peer.Options.LinkCredit || !Peer.HasRoomForAnswer(most))
            return false;
        _reserved++;
        Peer.AnswerBytes += most;
        return true;
    }

    /// <summary>Sends an answer in a place that was kept. Whoever has left meanwhile gets none.</summary>
    public void Reply(object? correlationId, Answer answer, int most)
    {
        _reserved--;
        Peer.AnswerBytes -= most;
        if (IsOver)
            return;
        byte[] message = answer.Encode(correlationId);
        if (Link.RemoteMaxMessageSize is > 0 and ulong largest && (ulong)message.Length > largest)
        {
            var tooLarge = new Refusal(RefusalKind.TooLarge, $"The answer has {message.Length} bytes, more than the link allows.");
            message = Answer.Refused(tooLarge).Encode(correlationId);
        }

        Enqueue(message);
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
        Peer.AnswerBytes -= _ready.Sum(answer => (long)answer.Length);
        _ready.Clear();
        Peer.RemoveReplies(this);
        if (listener is not null)
            Peer.Gateway.States.Forget(listener, this);
    }

    private void Pump()
    {
        if (IsOver || !SendReady())
            return;
        if (_changed && !_reading && Room(Link.UnsettledCount, 1) > 0)
        {
            _reading = true;
            _changed = false;
            Peer.Await(Peer.Gateway.States.GetAsync(listener!), this, static (_, result, link) => link.HasRead(result));
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
                Enqueue(Desired(result.Value.Desired));
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

    private void Enqueue(byte[] answer)
    {
        Peer.AnswerBytes += answer.Length;
        _ready.Enqueue(answer);
    }

    // True when no answer is left to be sent.
    private bool SendReady() => SendAll(_ready, this, static (link, next) => link.Send(next), static _ => "An answer");

    private SendResult Send(byte[] answer)
    {
        Span<byte> tag = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(tag, ++_sent);
        SendResult sent = Link.Send(tag, answer, settled: true);
        if (sent.IsSent)
            Peer.AnswerBytes -= answer.Length;
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
}
