using System.Globalization;
using Restante.Core.Mailboxes;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests;

/// <summary>
/// Random walks of a field gateway and the devices behind it, which take mailboxes from each other, acknowledge, break off and come back.
/// Whatever they do: mail comes under the name of its device, who holds a mailbox settles its mail, nothing settled comes again, and
/// everything ends once.
/// </summary>
public sealed class ChildWalkTests
{
    private static readonly string[] s_children = ["a", "b", "c"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Mail_of_each_device_ends_once_whoever_takes_it(int seed)
    {
        await using var post = new Post();
        await post.GrantAsync("hub", s_children);
        var walk = new Walk(post, new Random(seed), (MqttQos)(1 + (seed % 2)));
        for (int step = 0; step < 60; step++)
            await walk.StepAsync();
        await walk.FinishAsync();
    }

    private sealed class Walk(Post post, Random random, MqttQos qos)
    {
        private readonly Dictionary<Sequence, string> _sent = [];
        private readonly HashSet<Sequence> _settled = [];
        private readonly Dictionary<string, Actor?> _holders = s_children.ToDictionary(c => c, Actor? (_) => null);
        private readonly Dictionary<string, Actor> _alone = [];
        private Actor? _hub;

        public async Task StepAsync()
        {
            string child = s_children[random.Next(s_children.Length)];
            switch (random.Next(8))
            {
                case 0 or 1:
                    _sent.Add(await post.SendAsync(child, device: child), child);
                    break;
                case 2:
                    _hub ??= await ComeAsync("hub");
                    await TakeAsync(_hub, child);
                    break;
                case 3 when _hub is not null:
                    await _hub.Device.DoAsync(engine => engine.Unsubscribe([$"devices/{child}/mailbox/#"]));
                    await _hub.WaitForAsync<SubAnswer>();
                    if (_holders[child] == _hub)
                        _holders[child] = null;
                    break;
                case 4:
                    _alone[child] = await ComeAsync(child);
                    await _alone[child].Device.DoAsync(engine => engine.Subscribe([new("mailbox/#", qos)]));
                    await _alone[child].WaitForAsync<SubAnswer>();
                    _holders[child] = _alone[child];
                    break;
                case 5 when _hub is not null && random.Next(3) == 0:
                    _hub.Device.Break();
                    await _hub.WaitForAsync<Gone>();
                    await post.QuietAsync(_alone.Count);
                    string[] held = [.. s_children.Where(c => _holders[c] == _hub)];
                    _hub = await ComeAsync("hub");
                    foreach (string kept in held)
                        await TakeAsync(_hub, kept); // It has them by its session; this tells that it has taken them up.
                    break;
                default:
                    await AcknowledgeAsync(random.Next(2) == 0 ? _hub : _alone.GetValueOrDefault(child));
                    break;
            }
        }

        public async Task FinishAsync()
        {
            if (_hub is not null)
            {
                _hub.Device.Break();
                await _hub.WaitForAsync<Gone>();
                await post.QuietAsync(_alone.Count);
            }

            foreach (string child in s_children)
            {
                Actor last = await ComeAsync(child);
                await last.Device.DoAsync(engine => engine.Subscribe([new("mailbox/#", MqttQos.AtLeastOnce)]));
                await last.WaitForAsync<SubAnswer>();
                foreach (Sequence sequence in _sent.Where(s => s.Value == child).Select(s => s.Key))
                {
                    while ((await post.Gateway.Outcomes.FindAsync(sequence)).Value is null)
                    {
                        Mail mail = last.Queue.Count > 0 ? last.Take().Mail : await last.Device.NextOfAsync<Mail>();
                        Check(mail, child);
                        await last.Device.AcknowledgeAsync(mail);
                        Assert.Equal(Outcome.Accepted, (await post.OutcomeAsync(SequenceOf(mail))).Outcome);
                    }
                }
            }

            Assert.All(_sent.Keys, s => Assert.NotNull(post.Gateway.Outcomes.FindAsync(s).AsTask().Result.Value));
        }

        private async Task<Actor> ComeAsync(string device)
        {
            bool isHub = device == "hub";
            return new Actor(device, await post.ConnectAsync(device: device, clean: !isHub, expiry: isHub ? 1000u : 0));
        }

        private async Task TakeAsync(Actor hub, string child)
        {
            await hub.Device.DoAsync(engine => engine.Subscribe([new($"devices/{child}/mailbox/#", qos)]));
            await hub.WaitForAsync<SubAnswer>();
            _holders[child] = hub;
        }

        private async Task AcknowledgeAsync(Actor? actor)
        {
            if (actor is null)
                return;
            actor.ReadWhatCame();
            if (actor.IsGone || actor.Queue.Count == 0)
                return;
            (Mail mail, string child, bool isStale) = actor.Take();
            bool accepts = random.Next(4) > 0;
            bool counts = !isStale && _holders[child] == actor;
            if (!counts && actor != _hub)
                return; // It is about to be told that it has lost the mailbox, and the connection.
            if (counts)
                Check(mail, child);
            await actor.Device.AcknowledgeAsync(mail, accepts ? MqttReasonCode.Success : MqttReasonCode.UnspecifiedError);
            if (!counts)
                return;
            Sequence sequence = SequenceOf(mail);
            Assert.Equal(accepts ? Outcome.Accepted : Outcome.Rejected, (await post.OutcomeAsync(sequence)).Outcome);
            Assert.True(_settled.Add(sequence));
        }

        private void Check(Mail mail, string child)
        {
            Assert.Equal(child, mail.Text);
            Assert.DoesNotContain(SequenceOf(mail), _settled);
        }

        private static Sequence SequenceOf(Mail mail) => new(long.Parse(mail.Topic.Split('/')[^1], CultureInfo.InvariantCulture));
    }

    /// <summary>A connection, and the mail that it holds in the order in which it came.</summary>
    private sealed class Actor(string name, Device device)
    {
        public Device Device { get; } = device;

        public List<(Mail Mail, string Child, bool IsStale)> Queue { get; } = [];

        public bool IsGone { get; private set; }

        public (Mail Mail, string Child, bool IsStale) Take()
        {
            (Mail, string, bool) first = Queue[0];
            Queue.RemoveAt(0);
            return first;
        }

        public void ReadWhatCame()
        {
            while (Device.HasNews)
                Handle(Device.NextAsync<object>().Result);
        }

        public async Task<T> WaitForAsync<T>()
        {
            while (true)
            {
                object next = await Device.NextAsync<object>();
                Handle(next);
                if (next is T expected)
                    return expected;
            }
        }

        private void Handle(object next)
        {
            IsGone |= next is Gone;
            if (next is not Mail mail)
                return;
            string[] levels = mail.Topic.Split('/');
            string child = levels[0] == "devices" ? levels[1] : name;
            if (levels[^1] != "ended")
                Queue.Add((mail, child, false));
            for (int i = 0; levels[^1] == "ended" && i < Queue.Count; i++)
                Queue[i] = Queue[i] with { IsStale = Queue[i].IsStale || Queue[i].Child == child };
        }
    }
}
