using Restante.Net;
using Restante.System.Tests.CrossProtocol;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Rounds;

/// <summary>
/// A device that connects now by one protocol and now by another, sometimes while its older connection is still there; takes its mail and
/// does something with each message; sends telemetry, reports, questions and its state. Everything goes into the history.
/// </summary>
internal sealed class RoundDevice(string id, string key, History history)
{
    private const int MaxActsWhenFollowed = 100;

    private readonly Turns _states = new();
    private int _connections;
    private long _telemetry;
    private long _reported;
    private long _questions;
    private long _reports;

    public string Id { get; } = id;

    /// <summary>Lives until the end. At rest it only accepts what comes.</summary>
    public async Task LiveAsync(GatewayProcess gateway, NetworkHost network, Random dice, bool isAtRest, CancellationToken end)
    {
        List<Task> sessions = [];
        while (!end.IsCancellationRequested)
        {
            var session = new Session(this, gateway, network, new Random(dice.Next()), isAtRest);
            Task life = session.RunAsync(end);
            sessions.Add(life);
            await (isAtRest || dice.Next(4) > 0 ? life : Task.WhenAny(life, session.Halfway));
        }

        await Task.WhenAll(sessions);
    }

    /// <summary>
    /// True for what happens to a client whose gateway is gone, or whose connection another has taken over; a script that expects bytes
    /// finds none there.
    /// </summary>
    public static bool IsEnd(Exception e) =>
        e is Client.ClientException or OperationCanceledException or IOException or HttpRequestException
        or TimeoutException or ObjectDisposedException or InvalidOperationException or NullReferenceException
        or global::System.Net.Sockets.SocketException or global::System.Security.Authentication.AuthenticationException;

    /// <summary>Does something and says what the gateway said to it, and in which words it refused.</summary>
    public static async Task<(Reply Reply, string Words)> TryAsync(Func<Task> act)
    {
        try
        {
            await act();
            return (Reply.Done, string.Empty);
        }
        catch (Xunit.Sdk.XunitException e)
        {
            // Those who act by a protocol say so when they are refused, or when the connection ends before an answer.
            // Where the connection ends in place of the answer, what became of the message is not known.
            bool isUnknown = e.Message.Contains("ended before", StringComparison.Ordinal)
                || e.Message.Contains("disconnected with", StringComparison.Ordinal);
            return (isUnknown ? Reply.None : Reply.Refused, e.Message);
        }
        catch (Exception e) when (IsEnd(e))
        {
            return (Reply.None, e.Message);
        }
    }

    private sealed class Session(RoundDevice device, GatewayProcess gateway, NetworkHost network, Random dice, bool isAtRest)
    {
        private readonly TaskCompletionSource _halfway = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Turns _sends = new();
        private readonly int _connection = Interlocked.Increment(ref device._connections);
        private readonly Dialect _dialect = (Dialect)dice.Next(4);
        private double _answered;

        private bool IsFollowed => _dialect != Dialect.Https && _connection < Volatile.Read(ref device._connections);

        public Task Halfway => _halfway.Task;

        public async Task RunAsync(CancellationToken end)
        {
            double from = History.Now;
            try
            {
                await using IDoor door = await IDoor.OpenAsync(_dialect, gateway, network, device.Id, key: device.Key, end);
                Add(new Entry { Act = Act.Connect, From = from, To = History.Now, Word = _dialect.ToString() });
                using var over = CancellationTokenSource.CreateLinkedTokenSource(end);
                Task receiving = ReceiveAsync(door, from, over.Token);
                Task acting = isAtRest ? Task.Delay(Timeout.Infinite, over.Token) : ActAsync(door, over.Token);
                await Task.WhenAny(receiving, acting);
                await over.CancelAsync();
                await Task.WhenAll(receiving, acting);
            }
            catch (Exception e) when (IsEnd(e) || e is Xunit.Sdk.XunitException)
            {
                // The gateway is gone, or it was the turn of another connection.
            }
            finally
            {
                _halfway.TrySetResult();
            }

            // Nobody comes again at once. Who stays away longer finds mail that has expired meanwhile, and that no sweep has come to yet.
            int awayMs = isAtRest || dice.Next(5) > 0 ? dice.Next(5, 40) : dice.Next(400, 2_000);
            await Task.WhenAny(Task.Delay(awayMs, CancellationToken.None), Task.Delay(Timeout.Infinite, end));
        }

        private async Task ReceiveAsync(IDoor door, double connectedAt, CancellationToken over)
        {
            double notBefore = connectedAt;
            while (true)
            {
                // Who waits with nothing before him has read everything that was written before the last answer; a request of HTTPS is
                // answered after it.
                double answered = Volatile.Read(ref _answered);
                double asked = History.Now;
                Task<Arrived> next = door.ReceiveAsync(over);
                if (_dialect == Dialect.Https)
                    notBefore = asked;
                else if (!next.IsCompleted)
                    notBefore = Math.Max(notBefore, answered);
                Arrived arrived = await next;
                (string meant, string key) = Mark.Read(arrived.Letter.Body);
                var handout = new Entry
                {
                    Act = Act.Handout,
                    From = notBefore,
                    To = History.Now,
                    Key = key,
                    Kind = arrived.Kind,
                    Word = meant,
                    Id = long.TryParse(arrived.Id, out long number) ? number : 0, // MQTT names an answer by its inquiry.
                    Number = arrived.DeliveryCount,
                };
                Add(handout);
                await DecideAsync(door, arrived, handout);
            }
        }

        private async Task DecideAsync(IDoor door, Arrived arrived, Entry handout)
        {
            int what = isAtRest ? 0 : dice.Next(100);
            if (what >= 90 && handout.Kind == "command")
            {
                string report = $"r-{device.Id}-{Interlocked.Increment(ref device._reports)}";
                var letter = new Letter { Body = Body("report", report) };
                await SendAsync(Act.Report, isSameConnection: _dialect == Dialect.Amqp, e => e with { Key = report, Id = handout.Id },
                    () => door.ReportAsync(arrived.Id, letter, false));
            }

            if (what is >= 72 and < 78)
                await SettleAsync(arrived, handout, "renew");
            string? verb = what switch { < 78 or >= 90 => "accept", < 82 => "reject", < 87 => "release", _ => null };
            if (verb is not null)
                await SettleAsync(arrived, handout, verb);
        }

        private async Task SettleAsync(Arrived arrived, Entry handout, string verb)
        {
            double from = History.Now;
            (Reply reply, string words) = await TryAsync(() => arrived.SettleAsync(verb));

            // Those of AMQP, and MQTT's acknowledgements, are not answered; a publish of MQTT 3.1.1 is, also when the lease had lapsed.
            bool isAnswered = _dialect == Dialect.Https;
            Add(handout with
            {
                Act = Act.Settle,
                From = from,
                To = History.Now,
                Word = verb,
                Reply = reply == Reply.Done && !isAnswered ? Reply.None : reply,
                Kind = reply == Reply.Refused ? words : handout.Kind,
            });
        }

        private async Task ActAsync(IDoor door, CancellationToken over)
        {
            int acts = dice.Next(6, 60);

            // Whom a newer connection has followed goes on: it is for the gateway to end it.
            for (int i = 0; i < acts || (IsFollowed && i < acts + MaxActsWhenFollowed); i++)
            {
                if (i == acts / 2)
                    _halfway.TrySetResult();
                await Task.Delay(dice.Next(1, 12), over);
                switch (dice.Next(10))
                {
                    case < 6:
                        long number = Interlocked.Increment(ref device._telemetry);
                        var letter = new Letter { Body = Body("telemetry", $"{number}") };
                        await SendAsync(Act.Telemetry, _dialect == Dialect.Amqp, e => e with { Number = number },
                            () => door.SendTelemetryAsync("rounds", letter));
                        break;
                    case < 8:
                        string question = $"q-{device.Id}-{Interlocked.Increment(ref device._questions)}";
                        var asking = new Letter { Body = Body("inquiry", question), MessageId = question };
                        await SendAsync(Act.Ask, _dialect == Dialect.Amqp, e => e with { Key = question },
                            () => door.AskAsync(RoundHandler.Subject, asking));
                        break;
                    default:
                        await ReportStateAsync(door, over);
                        break;
                }
            }
        }

        // One after the other, so that it is known which is the newest.
        private Task ReportStateAsync(IDoor door, CancellationToken over) => device._states.TakeAsync(() =>
        {
            long number = ++device._reported;
            string patch = $$"""{"n":{{number}}}""";
            return SendAsync(Act.Reported, _dialect != Dialect.Https, e => e with { Number = number },
                () => door.ReportStateAsync(patch, over));
        });

        private Task SendAsync(Act act, bool isSameConnection, Func<Entry, Entry> details, Func<Task> send) => _sends.TakeAsync(async () =>
        {
            double from = History.Now;
            (Reply reply, string words) = await TryAsync(send);
            Add(details(new Entry { Act = act, From = from, To = History.Now, Reply = reply, Word = words }));
            if (reply == Reply.Done && isSameConnection)
                Volatile.Write(ref _answered, from);
            if (reply == Reply.None)
                throw new IOException(words);
        });

        private byte[] Body(string kind, string key) => Mark.Write(kind, device.Id, key);

        private void Add(Entry entry) => device.History.Add(entry with { Device = device.Id, Connection = _connection });
    }

    private string Key { get; } = key;

    private History History { get; } = history;
}
