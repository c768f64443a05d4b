using System.Text;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Client.Amqp;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Crashes;

/// <summary>A device on AMQP: reports three times on each command, accepts its mail, and asks one thing after the other.</summary>
internal sealed class PatternAmqpDevice(PatternRecord record, string key) : IPatternDevice
{
    private int _answered;

    public async Task LiveAsync(GatewayProcess gateway, NetworkHost network, PatternLedger ledger, bool asks, CancellationToken killed)
    {
        try
        {
            await using AmqpClient client =
                await AmqpClient.ConnectAsync(network, gateway.AmqpEndpoint(record.Id, key), record.Id, killed);
            AmqpSender reports = await client.OpenSenderAsync("reports", killed);
            AmqpSender inquiries = await client.OpenSenderAsync("inquiries/" + PatternService.Subject, killed);
            AmqpReceiver mailbox = await client.OpenReceiverAsync("mailbox", 10, killed);
            Task asking = asks ? AskAsync(inquiries, ledger, killed) : Task.CompletedTask;
            await Task.WhenAll(ReceiveAsync(mailbox, reports, ledger, killed), asking);
        }
        catch (Exception e) when (PatternLedger.IsEnd(e))
        {
            // The gateway was killed.
        }
    }

    private async Task ReceiveAsync(AmqpReceiver mailbox, AmqpSender reports, PatternLedger ledger, CancellationToken killed)
    {
        while (true)
        {
            AmqpReceived received = await mailbox.ReceiveAsync(killed);
            AmqpMessage message = received.Message;
            long sequence = (long)PatternService.Annotation(message, "x-opt-sequence-number")!;
            string kind = (string)PatternService.Annotation(message, "x-opt-restante-kind")!;
            if (kind == "answer")
            {
                AmqpMap said = message.ApplicationProperties!;
                record.Answered((string)message.Properties!.CorrelationId!, sequence, (long)said["number"]!, (bool)said["final"]!);
            }
            else
            {
                record.Arrived(kind, sequence);
            }

            if (kind == "command")
                await Task.WhenAll(Enumerable.Range(1, PatternService.Parts).Select(n => ReportAsync(reports, sequence, n, ledger)));
            received.Accept();
            ledger.Advanced();
        }
    }

    private static async Task ReportAsync(AmqpSender reports, long command, int number, PatternLedger ledger)
    {
        AmqpMessage report = AmqpMessage.FromData(Encoding.ASCII.GetBytes($"{command}/{number}"));
        report.Properties = new MessageProperties { CorrelationId = (ulong)command };
        report.ApplicationProperties = new AmqpMap { { "number", number }, { "final", number == PatternService.Parts } };
        switch (await reports.SendAsync(report))
        {
            case Accepted:
                ledger.Reports[(command, number)] = 0;
                ledger.Advanced();
                break;
            case Rejected rejected:
                ledger.Unexpected.Enqueue($"report {number} on {command}: {rejected.Error}");
                break;
        }
    }

    private async Task AskAsync(AmqpSender inquiries, PatternLedger ledger, CancellationToken killed)
    {
        while (true)
        {
            string id = $"{record.Id}-{_answered + 1}";
            AmqpMessage question = AmqpMessage.FromData(Encoding.ASCII.GetBytes(id));
            question.Header = new MessageHeader { TtlMs = PatternService.LifeSeconds * 1_000 };
            question.Properties = new MessageProperties { MessageId = id };
            switch (await inquiries.SendAsync(question))
            {
                case Accepted:
                    ledger.Asked[id] = record;
                    ledger.Advanced();
                    break;
                case Rejected rejected:
                    ledger.Unexpected.Enqueue($"inquiry {id}: {rejected.Error}");
                    break;
            }

            await record.Final(id).WaitAsync(killed);
            _answered++;
        }
    }
}
