using System.Text;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>An answer and what it does to its inquiry are one transaction, whatever becomes of that.</summary>
public sealed class AnswerCommitTests : StoreTest
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static readonly InquiryRules s_rules = new()
    {
        MaxOpenPerDevice = 10,
        MaxWaitingPerSubject = 10,
        MaxAnswers = 10,
        MaxDeliveries = 10,
        RetentionMs = 1_000,
        MaxEndedPerDevice = 10,
        MaxEndedSubjects = 10,
        MaxEndedReaders = 10,
        AnswerLifeMs = 1_000,
    };

    private static readonly byte[] s_content = new MessageContent { Body = Encoding.ASCII.GetBytes("x") }.Encode();

    [Fact]
    public async Task A_commit_that_fails_leaves_inquiry_and_mailbox_as_they_were()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        TakenInquiry taken = await TakeAsync(store, device);
        store.Writer.BeforeCommit = _ => throw new IOException("no");
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await AnswerAsync(store, taken.Number));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Inquiries.CancelAsync(device, "q-1", Now));
        store.Writer.BeforeCommit = null;
        InquiryRecord? record = await store.Inquiries.FindAsync(taken.Number);
        Assert.Equal((0, null), (record!.Answers, record.Outcome));
        Assert.Equal(0, (await store.Mailboxes.GetInfoAsync(device)).Messages);
        Assert.Equal((AnswerStatus.Stored, 1), await AnswerAsync(store, taken.Number));
        Assert.Equal(1, (await store.Mailboxes.GetInfoAsync(device)).Messages);
    }

    [Fact]
    public async Task An_answer_that_is_written_again_without_its_neighbour_is_there_once()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        TakenInquiry taken = await TakeAsync(store, device);
        using var gate = new ManualResetEventSlim();
        var entered = new TaskCompletionSource();
        store.Writer.BeforeCommit = _ =>
        {
            entered.TrySetResult();
            gate.Wait(s_patience);
        };
        Task first = store.Mailboxes.SetCursorAsync("r", 1, Now).AsTask();
        await entered.Task.WaitAsync(s_patience);
        Task<(AnswerStatus, int)> answer = AnswerAsync(store, taken.Number);
        var failing = new SimpleOperation<bool>(_ => throw new InvalidOperationException("of its own"));
        Task<bool> neighbour = store.Writer.Submit(failing).AsTask();
        gate.Set();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => neighbour);
        await first;
        Assert.Equal((AnswerStatus.Stored, 1), await answer);
        OpenedSession session = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value;
        Assert.Equal(MessageKind.Answer, Assert.Single(await LeaseAsync(store, device, session.Epoch)).Kind);
        Assert.Equal(1, (await store.Inquiries.FindAsync(taken.Number))!.Answers);
    }

    [Fact]
    public async Task The_end_of_an_answer_is_one_commit_and_one_row_in_the_place_of_another()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        TakenInquiry taken = await TakeAsync(store, device);
        await AnswerAsync(store, taken.Number);
        OpenedSession session = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value;
        LeaseId lease = Assert.Single(await LeaseAsync(store, device, session.Epoch)).Lease;
        int commits = 0;
        store.Writer.BeforeCommit = _ => commits++;
        await SettleAsync(store, device, session.Epoch, lease, SettleVerb.Accept);
        Assert.Equal(1, commits);
        using Connection connection = Connection.Open(File, readOnly: true, 1 << 20, 1 << 20);
        Assert.Equal(0, connection.Number("SELECT count(*) FROM message"));
        Assert.Equal(1, connection.Number("SELECT count(*) FROM outcome WHERE number < 0"));
    }

    private static async Task<TakenInquiry> TakeAsync(SqliteGatewayStore store, DeviceNumber device)
    {
        var inquiry = new NewInquiry { Device = device, Id = "q-1", Subject = "traffic", Content = s_content, DeadlineMs = Now + 500 };
        await store.Inquiries.AskAsync(inquiry, s_rules, Now);
        return Assert.Single(await store.Inquiries.TakeAsync(new InquiryRequest("traffic", "alpha", 1, 1, Now, 100)));
    }

    private static async Task<(AnswerStatus Status, int Number)> AnswerAsync(SqliteGatewayStore store, InquiryNumber inquiry)
    {
        var answer = new NewAnswer { Inquiry = inquiry, Handler = "alpha", IsFinal = false, Content = s_content };
        AnswerResult result = await store.Inquiries.AnswerAsync(answer, s_rules, Now);
        return (result.Status, result.Number);
    }
}
