using System.Collections.Concurrent;
using System.Text;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Client.Amqp;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Crashes;

/// <summary>Answers every inquiry twice. After a crash it sends anew the answers that it does not know to be stored.</summary>
internal sealed class PatternHandler(PatternLedger ledger)
{
    private const int Answers = 2;

    private readonly ConcurrentDictionary<string, byte> _open = new();

    /// <summary>The answers that were acknowledged.</summary>
    private readonly ConcurrentDictionary<(string Inquiry, int Number), byte> _stored = new();

    public async Task LiveAsync(GatewayProcess gateway, NetworkHost network, CancellationToken killed)
    {
        try
        {
            await using AmqpClient client = await AmqpClient.ConnectAsync(network, gateway.ServiceEndpoint(), "pattern-handler", killed);
            AmqpSender answers = await client.OpenSenderAsync("answers", killed);
            await Task.WhenAll(_open.Keys.Select(inquiry => AnswerAsync(answers, inquiry, isHeld: false)));
            AmqpReceiver questions = await client.OpenReceiverAsync("inquiries/" + PatternService.Subject, 10, killed);
            while (true)
            {
                AmqpReceived question = await questions.ReceiveAsync(killed);
                string inquiry = (string)question.Message.Properties!.CorrelationId!;
                _open[inquiry] = 0;
                await AnswerAsync(answers, inquiry, isHeld: true);
                question.Accept();
            }
        }
        catch (Exception e) when (PatternLedger.IsEnd(e))
        {
            // The gateway was killed, or the test is done.
        }
    }

    private async Task AnswerAsync(AmqpSender answers, string inquiry, bool isHeld)
    {
        bool[] stored = await Task.WhenAll(Enumerable.Range(1, Answers).Select(number => AnswerAsync(answers, inquiry, number, isHeld)));
        if (stored.All(static s => s))
            _open.TryRemove(inquiry, out _);
    }

    private async Task<bool> AnswerAsync(AmqpSender answers, string inquiry, int number, bool isHeld)
    {
        AmqpMessage answer = AmqpMessage.FromData(Encoding.ASCII.GetBytes($"{inquiry}/{number}"));
        answer.Properties = new MessageProperties { CorrelationId = inquiry };
        answer.ApplicationProperties = new AmqpMap { { "number", number }, { "final", number == Answers } };
        switch (await answers.SendAsync(answer))
        {
            case Accepted:
                _stored[(inquiry, number)] = 0;
                ledger.Advanced();
                return true;
            case Rejected rejected when isHeld || _stored.ContainsKey((inquiry, 1)):
                ledger.Unexpected.Enqueue($"answer {number} to {inquiry}: {rejected.Error}");
                return false;
            default:
                return false; // None of its answers is stored, so the inquiry is handed out again.
        }
    }
}
