using System.Text;
using System.Threading.Channels;
using Restante.Amqp;
using Restante.Amqp.Messaging;

namespace Restante.Heads.Amqp.Tests.Peers;

/// <summary>The script's end of one link; shows what happens on it, in order.</summary>
internal sealed class Line(Peer peer, string address)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Channel<object> _seen = Channel.CreateUnbounded<object>();
    private long _tag;

    public Peer Peer { get; } = peer;

    public string Address { get; } = address;

    public AmqpLink? Link { get; set; }

    public void Show(object what) => _seen.Writer.TryWrite(what);

    /// <summary>What comes next; it must be of this kind. Flows are passed over unless they are asked for.</summary>
    public async Task<T> NextAsync<T>()
    {
        while (true)
        {
            object next = await _seen.Reader.ReadAsync().AsTask().WaitAsync(s_patience);
            if (next is T expected)
                return expected;
            if (next is not Flowed)
                throw new InvalidOperationException($"On '{Address}' {typeof(T).Name} was expected; what came is {next}.");
        }
    }

    public Task<Mail> MailAsync() => NextAsync<Mail>();

    public async Task<List<Mail>> MailAsync(int count)
    {
        var all = new List<Mail>();
        while (all.Count < count)
            all.Add(await MailAsync());
        return all;
    }

    /// <summary>Passes when nothing has come by the time the gateway has answered something said after this.</summary>
    public async Task NothingAsync()
    {
        await Peer.FenceAsync();
        while (_seen.Reader.TryRead(out object? next))
        {
            if (next is not Flowed)
                throw new InvalidOperationException($"On '{Address}' nothing was expected; what came is {next}.");
        }
    }

    public Task CreditAsync(uint credit, bool drain = false) => Peer.DoAsync(_ => Link!.SetCredit(credit, drain));

    public Task<uint> ReadCreditAsync() => Peer.DoAsync(_ => Link!.Credit);

    /// <summary>Settles a message, or in mode second only tells the state.</summary>
    public Task SettleAsync(Mail mail, DeliveryState? state) => Peer.DoAsync(_ => Link!.Settle(mail.Number, state));

    public Task AcceptAsync(Mail mail) => SettleAsync(mail, Accepted.Instance);

    /// <summary>Sends; the result is what the gateway said, null when it will say nothing.</summary>
    public Task<DeliveryState?> SendAsync(AmqpMessage message, bool settled = false) => SendAsync(message.Encode(), settled);

    public Task<DeliveryState?> SendAsync(string body) => SendAsync(AmqpMessage.FromData(Encoding.UTF8.GetBytes(body)));

    public async Task<DeliveryState?> SendAsync(byte[] encoded, bool settled = false, uint format = 0)
    {
        (SendResult sent, Answer answer) = await StartAsync(encoded, settled, format);
        while (sent.Status is SendStatus.NoCredit or SendStatus.WindowClosed)
        {
            await NextFlowAsync();
            (sent, answer) = await StartAsync(encoded, settled, format);
        }

        if (!sent.IsSent)
            throw new InvalidOperationException($"Not sent: {sent.Status}.");
        return sent.IsSettled ? null : await answer.Task.WaitAsync(s_patience);
    }

    /// <summary>Sends without waiting for the answer, if credit allows.</summary>
    public Task<(SendResult Sent, Answer Answer)> StartAsync(byte[] encoded, bool settled = false, uint format = 0) => Peer.DoAsync(_ =>
    {
        var answer = new Answer();
        byte[] tag = BitConverter.GetBytes(++_tag);
        return (Link!.Send(tag, encoded, settled, new DeliveryContext(answer, 0), format), answer);
    });

    public Task DetachAsync() => Peer.DoAsync(_ => Link!.Detach());

    private Task<Flowed> NextFlowAsync() => NextAsync<Flowed>();

    /// <summary>What a sender waits for.</summary>
    internal sealed class Answer
    {
        private readonly TaskCompletionSource<DeliveryState?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<DeliveryState?> Task => _done.Task;

        public void Give(DeliveryState? state) => _done.TrySetResult(state);
    }
}
