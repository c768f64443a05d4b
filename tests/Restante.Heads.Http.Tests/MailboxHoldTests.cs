using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Heads.Http.Sessions;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class MailboxHoldTests
{
    private const int Window = 100;

    [Theory]
    [InlineData(null)]
    [InlineData("kind = 'answer'")]
    public async Task Answers_that_somebody_waits_for_are_handed_to_nobody_else(string? selector)
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d");
        MailboxHold hold = await HoldAsync(head, device);
        hold.Claim("q1");
        await AnswerAsync(head, device, "q1");
        await AnswerAsync(head, device, "q2");

        Assert.Equal(["q2"], await LeaseAsync(hold, selector));
        var other = new AnswerFilter("q3");
        Assert.Empty((await hold.LeaseAnswerAsync(other, default)).Value!);
        LeasedMessage answer = Assert.Single((await hold.LeaseAnswerAsync(new AnswerFilter("q1"), default)).Value!);
        Assert.True((await hold.SettleAsync(answer.Lease, SettleVerb.Release, null)).IsSuccess);
        Assert.Empty(await LeaseAsync(hold, selector));
        hold.Unclaim("q1");
        Assert.Equal(["q1"], await LeaseAsync(hold, selector));
    }

    [Fact]
    public async Task Who_is_gone_is_handed_nothing()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d");
        MailboxHold hold = await HoldAsync(head, device);
        await AnswerAsync(head, device, "q1");
        var gone = new CancellationToken(canceled: true);
        Assert.Empty((await hold.LeaseAsync(1, Window, null, gone)).Value!);
        Assert.Empty((await hold.LeaseAnswerAsync(new AnswerFilter("q1"), gone)).Value!);
        Assert.Single(await LeaseAsync(hold, null));
    }

    private static async Task<MailboxHold> HoldAsync(TestHead head, DeviceRecord device)
    {
        var hold = new MailboxHold(head.Gateway, new HttpHeadOptions(), new ConnectionName("https", 1, null), static _ => { });
        hold.Begin((await head.Gateway.Mailboxes.AttachAsync(head.Principal(device), hold)).Value!);
        return hold;
    }

    private static async Task<string[]> LeaseAsync(MailboxHold hold, string? selector)
    {
        Result<IReadOnlyList<LeasedMessage>> leased = await hold.LeaseAsync(10, Window, selector);
        return [.. leased.Value!.Select(m => MessageContent.Decode(m.Content).CorrelationId!)];
    }

    private static async Task AnswerAsync(TestHead head, DeviceRecord device, string id)
    {
        var service = new ServicePrincipal("admin", Rights.Admin, CredentialSlot.Primary, long.MaxValue);
        byte[] content = new MessageContent().Encode();
        Result<AskedInquiry> asked = await head.Gateway.Inquiries.AskAsync(
            head.Principal(device), "s", id, content, null, onlyIfHandled: false);
        using InquiryHandler handler = head.Gateway.Inquiries.Attach(service, "s").Value!;
        Assert.Single((await handler.TakeAsync(1, Window)).Value!);
        Assert.True((await head.Gateway.Inquiries.AnswerAsync(service, asked.Value!.Inquiry.Number, content, isFinal: true)).IsSuccess);
    }
}
