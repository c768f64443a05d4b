using Restante.Net;
using Restante.System.Tests.CrossProtocol;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Rounds;

/// <summary>
/// A service that answers what devices ask, once or in two parts, now by one protocol and now by another. What it does not know to be
/// answered it answers again in its next life.
/// </summary>
internal sealed class RoundHandler(History history)
{
    public const string Subject = "rounds";

    private readonly Dictionary<string, (string Number, string Device)> _open = [];
    private int _answers;

    public async Task LiveAsync(GatewayProcess gateway, NetworkHost network, Random dice, bool isAtRest, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await ServeAsync(gateway, network, dice, isAtRest, end);
            }
            catch (Exception e) when (RoundDevice.IsEnd(e) || e is Xunit.Sdk.XunitException)
            {
                // The gateway is gone, or has no disk.
            }

            if (!end.IsCancellationRequested)
                await Task.Delay(20, CancellationToken.None);
        }
    }

    private async Task ServeAsync(GatewayProcess gateway, NetworkHost network, Random dice, bool isAtRest, CancellationToken end)
    {
        double from = History.Now;
        Dialect dialect = dice.Next(2) == 0 ? Dialect.Amqp : Dialect.Https;
        await using IDesk desk = await IDesk.OpenAsync(dialect, gateway, network, end);
        foreach (string inquiry in _open.Keys.ToList())
            await AnswerAsync(desk, inquiry, isFinal: true);
        while (true)
        {
            if (dialect == Dialect.Https)
                from = History.Now;
            Asked asked = await desk.TakeAsync(Subject, end);
            (string asker, string inquiry) = Mark.Read(asked.Letter.Body);
            history.Add(new Entry { Act = Act.Asked, From = from, To = History.Now, Key = inquiry, Device = asked.Device, Word = asker });
            int what = isAtRest ? 99 : dice.Next(100);
            if (what < 8)
            {
                await RoundDevice.TryAsync(() => asked.SettleAsync("release"));
                continue;
            }

            _open[inquiry] = (asked.Number, asked.Device);
            if (what < 40)
                await AnswerAsync(desk, inquiry, isFinal: false);
            await AnswerAsync(desk, inquiry, isFinal: true);
            await RoundDevice.TryAsync(() => asked.SettleAsync("accept"));
        }
    }

    private async Task AnswerAsync(IDesk desk, string inquiry, bool isFinal)
    {
        (string number, string device) = _open[inquiry];
        string key = $"{inquiry}/{++_answers}";
        var letter = new Letter { Body = Mark.Write("answer", device, key), MessageId = key };
        double from = History.Now;
        (Reply reply, string words) = await RoundDevice.TryAsync(() => desk.AnswerAsync(number, letter, isFinal));
        history.Add(new Entry
        {
            Act = Act.Answer,
            From = from,
            To = History.Now,
            Reply = reply,
            Device = device,
            Key = key,
            Word = reply == Reply.Refused ? words : isFinal ? "final" : string.Empty,
        });
        if (reply == Reply.None)
            throw new IOException(words);

        // A refusal says that it has ended, or that it is nobody's and will be handed out again.
        if (isFinal)
            _open.Remove(inquiry);
    }
}
