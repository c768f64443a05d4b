using Restante.Core.Devices;
using Restante.Core.Selection;
using Restante.Core.Storage;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>
/// For a handler with an audience a reader looks through all that waits; the writer looks only at what was found, as it is by then.
/// </summary>
public sealed class InquiryTakeTests : StoreTest
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly AudienceQuery s_some = AudienceQuery.Parse("id like 'd%'").Value!;

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

    [Fact]
    public async Task The_writer_looks_at_nothing_that_the_reader_has_not_found()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store), other = await DeviceAsync(store, "other");
        await AskAsync(store, other, "q-0");
        await AskAsync(store, device, "q-1");
        Task<AskResult> ask;
        Task<string> take;
        using (var gate = new WriterGate(store))
        {
            Task before = HoldAsync(store, gate);
            ask = AskAsync(store, device, "q-2");
            take = TakeAsync(store, 10);
            gate.Open();
            await before;
        }

        Assert.Equal(AskStatus.Asked, (await ask).Status);
        Assert.Equal("q-1", await take.WaitAsync(s_patience));
        Assert.Equal("q-2", await TakeAsync(store, 10));
        Assert.Equal("", await TakeAsync(store, 10));
    }

    [Fact]
    public async Task Who_finds_what_another_takes_first_looks_again_and_what_has_left_the_audience_is_not_handed_out()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        await AskAsync(store, device, "q-1");
        await AskAsync(store, device, "q-2");
        Task<string> first, second;
        using (var gate = new WriterGate(store))
        {
            Task before = HoldAsync(store, gate);
            first = TakeAsync(store, 1);
            second = TakeAsync(store, 1);
            gate.Open();
            await before;
        }

        Assert.Equal(["q-1", "q-2"], [await first.WaitAsync(s_patience), await second.WaitAsync(s_patience)]);
        await AskAsync(store, device, "q-3");
        Task<string> third;
        using (var gate = new WriterGate(store))
        {
            Task before = HoldAsync(store, gate);
            Task leaves = store.Registry.UpdateDeviceAsync(DeviceId.Parse("d"), new DeviceUpdate { Tags = """{"gone":true}""" }, Now).AsTask();
            third = TakeAsync(store, 1, AudienceQuery.Parse("tags.gone is null").Value!);
            gate.Open();
            await before;
            await leaves;
        }

        Assert.Equal("", await third.WaitAsync(s_patience));
        Assert.Equal("q-3", await TakeAsync(store, 1));
    }

    private static Task HoldAsync(SqliteGatewayStore store, WriterGate gate)
    {
        Task writing = store.Mailboxes.SetCursorAsync("r", 1, Now).AsTask();
        gate.WaitUntilHeld();
        return writing;
    }

    private static Task<AskResult> AskAsync(SqliteGatewayStore store, DeviceNumber device, string id)
    {
        var inquiry = new NewInquiry { Device = device, Id = id, Subject = "traffic", Content = new byte[] { 1 }, DeadlineMs = Now + 500 };
        return store.Inquiries.AskAsync(inquiry, s_rules, Now).AsTask();
    }

    private static async Task<string> TakeAsync(SqliteGatewayStore store, int max, AudienceQuery? audience = null)
    {
        var request = new InquiryRequest("traffic", "alpha", max, int.MaxValue, Now, 100) { Audience = audience ?? s_some };
        return string.Join(' ', (await store.Inquiries.TakeAsync(request)).Select(t => t.Id));
    }
}
