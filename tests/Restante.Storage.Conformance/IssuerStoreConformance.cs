using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Issuing;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Every rule of <see cref="IIssuerStore"/>, and of questions that the gateway itself answers.</summary>
public abstract class IssuerStoreConformance : StoreConformance
{
    private static readonly InquiryRules s_rules = new()
    {
        MaxOpenPerDevice = 1,
        MaxWaitingPerSubject = 1,
        MaxAnswers = 1,
        MaxDeliveries = 1,
        RetentionMs = 1_000,
        MaxEndedPerDevice = 2,
        MaxEndedSubjects = 2,
        MaxEndedReaders = 2,
        AnswerLifeMs = 5_000,
    };

    private int _serials;

    [Fact]
    public async Task An_issuer_is_kept_with_its_key_and_goes_with_its_authority()
    {
        Assert.True(await AddAsync("b"));
        Assert.True(await AddAsync("a"));
        Assert.False(await AddAsync("b"));
        await Store.Authorities.AddAsync(Authority("maker"));
        if (CanRestart)
            await RestartAsync();
        IReadOnlyList<IssuerRecord> all = await Store.Issuers.ListAsync();
        Assert.Equal(["b", "a"], all.Select(i => i.Name));
        Assert.Equal([1, 2, 3], all[0].PrivateKey);
        Assert.Equal([9, 8, 7], all[0].Certificate);
        Assert.Equal([true, true, false], (await Store.Authorities.ListAsync()).Select(a => a.IsOwn));
        Assert.True((await Store.Authorities.FindAsync("b"))!.IsOwn);
        Assert.True(await Store.Authorities.RemoveAsync("b"));
        Assert.Equal(["a"], (await Store.Issuers.ListAsync()).Select(i => i.Name));
        await Store.Authorities.AddAsync(Authority("b"));
        Assert.False((await Store.Authorities.FindAsync("b"))!.IsOwn);
    }

    [Fact]
    public async Task An_answer_at_once_is_mail_and_the_question_is_over_and_not_kept()
    {
        DeviceRecord device = await DeviceAsync();
        AskResult result = await AnswerAsync(device, "q-1", Issued(device));
        Assert.Equal(AskStatus.Asked, result.Status);
        InquiryRecord record = result.Inquiry!;
        Assert.Equal(
            (InquiryOutcome.Answered, 1, "$gateway", "$certificate", Now, 0),
            (record.Outcome, record.Answers, record.Handler, record.Subject, record.EndedAtMs, record.DeliveryCount));
        Assert.Equal(record, await Store.Inquiries.FindAsync(device.Number, "q-1"));
        BrowsedMessage mail = Assert.Single(await Mailboxes.BrowseAsync(device.Number, default, 10, Now));
        Assert.Equal((MessageKind.Answer, "$gateway", Now + 70), (mail.Kind, mail.Sender, mail.ExpiresAtMs));
        MessageContent content = MessageContent.Decode(mail.Content);
        Assert.Equal(("q-1", "answer"), (content.CorrelationId, System.Text.Encoding.ASCII.GetString(content.Body.Span)));
        Assert.Equal(["1", "true"], content.Properties.Select(p => p.Value));
        Assert.Empty(await Store.Inquiries.TakeAsync(
            new InquiryRequest { Subject = "$certificate", Handler = "h", MaxInquiries = 9, MaxBytes = 9_999, NowMs = Now, LeaseDurationMs = 9 }));

        AskResult again = await AnswerAsync(device, "q-1", Issued(device));
        Assert.Equal((AskStatus.Duplicate, record), (again.Status, again.Inquiry));
        Assert.Single(await Mailboxes.BrowseAsync(device.Number, default, 10, Now));
        Assert.Single(await ListAsync());
        await AnswerAsync(device, "q-2");
        await AnswerAsync(device, "q-3");
        await AnswerAsync(device, "q-4");
        Assert.Null(await Store.Inquiries.FindAsync(device.Number, "q-1"));
        Assert.NotNull(await Store.Inquiries.FindAsync(device.Number, "q-2"));
    }

    [Fact]
    public async Task An_answer_that_has_no_room_or_device_changes_nothing()
    {
        DeviceRecord device = await DeviceAsync();
        for (int i = 0; i < Limits.MaxDepth; i++)
            await SendAsync();
        Assert.Equal(AskStatus.MailboxFull, (await AnswerAsync(device, "q-1", Issued(device))).Status);
        await Mailboxes.PurgeAsync(device.Number, "", Now);
        await SendAsync(size: 990);
        Assert.Equal(AskStatus.MailboxBytesFull, (await AnswerAsync(device, "q-1", Issued(device))).Status);
        Assert.Empty(await ListAsync());
        Assert.Null(await Store.Inquiries.FindAsync(device.Number, "q-1"));
        await Registry.RemoveDeviceAsync(device.Id, null, Now);
        Assert.Equal(AskStatus.DeviceNotFound, (await AnswerAsync(device, "q-1", Issued(device))).Status);
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task A_record_is_kept_as_it_was_issued()
    {
        DeviceRecord a = await DeviceAsync("a"), b = await DeviceAsync("b");
        IssuedCertificate first = Issued(a), second = Issued(b), third = Issued(a);
        await AnswerAsync(a, "1", first);
        await AnswerAsync(b, "1", second);
        await AnswerAsync(a, "2", third);
        if (CanRestart)
            await RestartAsync();
        IReadOnlyList<IssuedCertificate> all = await ListAsync();
        Assert.Equal([third.Serial, second.Serial, first.Serial], all.Select(i => i.Serial));
        Assert.Equal(first with { Place = all[2].Place }, await Store.Issuers.FindIssuedAsync(first.Serial));
        Assert.Null(await Store.Issuers.FindIssuedAsync("none"));
        Assert.Equal([third.Serial, first.Serial], (await ListAsync(a.Id)).Select(i => i.Serial));
        Assert.Equal([first.Serial], (await Store.Issuers.ListIssuedAsync(a.Id, all[0].Place, 9)).Select(i => i.Serial));
        Assert.Equal([third.Serial], (await Store.Issuers.ListIssuedAsync(null, long.MaxValue, 1)).Select(i => i.Serial));
    }

    [Fact]
    public async Task So_many_certificates_of_a_device_are_valid_and_no_more()
    {
        DeviceRecord a = await DeviceAsync("a"), b = await DeviceAsync("b");
        await AnswerAsync(a, "1", Issued(a) with { UntilMs = Now + 200 });
        await AnswerAsync(a, "2", Issued(a) with { UntilMs = Now + 100 });
        AskResult refused = await AnswerAsync(a, "3", Issued(a), maxLive: 2);
        Assert.Equal((AskStatus.TooManyLive, Now + 100), (refused.Status, refused.FirstEndsAtMs));
        Assert.Equal(AskStatus.Asked, (await AnswerAsync(b, "3", Issued(b), maxLive: 2)).Status);
        Assert.Equal(AskStatus.Asked, (await AnswerAsync(a, "4", maxLive: 2)).Status);
        Now += 99;
        Assert.Equal(AskStatus.TooManyLive, (await AnswerAsync(a, "3", Issued(a), maxLive: 2)).Status);
        Now++;
        Assert.Equal(AskStatus.Asked, (await AnswerAsync(a, "3", Issued(a), maxLive: 2)).Status);
        await Store.Issuers.RevokeAsync(null, a.Number, Now, 9, Now);
        Assert.Equal(AskStatus.Asked, (await AnswerAsync(a, "5", Issued(a), maxLive: 1)).Status);
    }

    [Fact]
    public async Task An_operator_revokes_one_or_all_of_a_device()
    {
        DeviceRecord a = await DeviceAsync("a"), b = await DeviceAsync("b");
        IssuedCertificate first = Issued(a), second = Issued(a), ended = Issued(a) with { UntilMs = Now + 10 }, other = Issued(b);
        await AnswerAsync(a, "1", first);
        await AnswerAsync(a, "2", second);
        await AnswerAsync(a, "3", ended);
        await AnswerAsync(b, "1", other);
        Now += 10;
        IssuedCertificate revoked = Assert.Single((await Store.Issuers.RevokeAsync(first.Serial, default, Now, 9, Now))!);
        Assert.Equal((first.Serial, Now, RevocationCause.Operator), (revoked.Serial, revoked.RevokedAtMs, revoked.Cause));
        Assert.Equal(revoked, await Store.Issuers.FindIssuedAsync(first.Serial));
        long at = Now++;
        Assert.Empty((await Store.Issuers.RevokeAsync(first.Serial, default, Now, 9, Now))!);
        Assert.Equal(at, (await Store.Issuers.FindIssuedAsync(first.Serial))!.RevokedAtMs);
        Assert.Empty((await Store.Issuers.RevokeAsync("none", a.Number, Now, 9, Now))!);
        Assert.Equal([second.Serial], (await Store.Issuers.RevokeAsync(null, a.Number, Now, 9, Now))!.Select(i => i.Serial));
        Assert.Null((await Store.Issuers.FindIssuedAsync(ended.Serial))!.RevokedAtMs);
        Assert.Null(await Store.Issuers.RevokeAsync(other.Serial, default, Now, 2, Now));
        Assert.Null((await Store.Issuers.FindIssuedAsync(other.Serial))!.RevokedAtMs);
    }

    [Fact]
    public async Task What_was_issued_to_a_device_that_is_removed_is_revoked_with_it()
    {
        DeviceRecord a = await DeviceAsync("a"), b = await DeviceAsync("b");
        IssuedCertificate ofA = Issued(a), revoked = Issued(a), ofB = Issued(b), elsewhere = Issued(b) with { Issuer = "other" };
        await AnswerAsync(a, "1", ofA);
        await AnswerAsync(a, "2", revoked);
        await AnswerAsync(b, "1", ofB);
        await AnswerAsync(b, "2", elsewhere);
        await Store.Issuers.RevokeAsync(revoked.Serial, default, Now, 9, Now);
        Now++;
        await Registry.RemoveDeviceAsync(a.Id, null, Now);
        if (CanRestart)
            await RestartAsync();
        IReadOnlyList<IssuedCertificate> list = await Store.Issuers.ReadRevokedAsync("own", Now, 9);
        Assert.Equal([revoked.Serial, ofA.Serial], list.Select(i => i.Serial));
        Assert.Equal((RevocationCause.DeviceRemoved, Now), (list[1].Cause, list[1].RevokedAtMs));
        Assert.Equal([revoked.Serial], (await Store.Issuers.ReadRevokedAsync("own", Now, 1)).Select(i => i.Serial));
        Assert.Empty(await Store.Issuers.ReadRevokedAsync("own", ofA.UntilMs, 9));
        Now++;
        await Store.Issuers.RevokeAsync(ofB.Serial, default, Now, 9, Now);
        Assert.Equal([ofB.Serial, revoked.Serial, ofA.Serial], (await Store.Issuers.ReadRevokedAsync("own", Now, 9)).Select(i => i.Serial));
    }

    [Fact]
    public async Task Records_are_dropped_once_their_certificates_have_ended()
    {
        DeviceRecord device = await DeviceAsync();
        IssuedCertificate early = Issued(device) with { UntilMs = Now + 10 }, late = Issued(device) with { UntilMs = Now + 20 };
        await AnswerAsync(device, "1", late);
        await AnswerAsync(device, "2", early);
        Assert.Equal(0, await Store.Issuers.DropIssuedAsync(Now + 9, 9));
        Assert.Equal(1, await Store.Issuers.DropIssuedAsync(Now + 20, 1));
        Assert.Equal([late.Serial], (await ListAsync()).Select(i => i.Serial));
        Assert.Equal(1, await Store.Issuers.DropIssuedAsync(Now + 20, 9));
        Assert.Empty(await ListAsync());
    }

    private IssuedCertificate Issued(DeviceRecord device) => new()
    {
        Serial = $"4{++_serials:X5}",
        Issuer = "own",
        Device = device.Id,
        Number = device.Number,
        IssuedAtMs = Now,
        FromMs = Now - 5,
        UntilMs = Now + 10_000,
    };

    private ValueTask<IReadOnlyList<IssuedCertificate>> ListAsync(DeviceId? device = null) =>
        Store.Issuers.ListIssuedAsync(device, long.MaxValue, 100);

    private ValueTask<AskResult> AnswerAsync(DeviceRecord device, string id, IssuedCertificate? issued = null, int maxLive = 9)
    {
        var answered = new AnsweredInquiry
        {
            Inquiry = new NewInquiry { Device = device.Number, Id = id, Subject = "$certificate", Content = new byte[3], DeadlineMs = Now + 50 },
            Answer = new MessageContent { Body = "answer"u8.ToArray() }.Encode(),
            AnswerExpiresAtMs = Now + 70,
            Handler = "$gateway",
            Issued = issued,
            MaxLive = maxLive,
        };
        return Store.Inquiries.AnswerAtOnceAsync(answered, s_rules, Now);
    }

    private ValueTask<bool> AddAsync(string name) => Store.Issuers.AddAsync(
        Authority(name), new IssuerRecord { Name = name, Certificate = [9, 8, 7], PrivateKey = [1, 2, 3] });

    private AuthorityRecord Authority(string name) => new()
    {
        Name = name,
        Certificate = [9, 8, 7],
        VerificationCode = Guid.NewGuid().ToString("N"),
        IsVerified = true,
        CreatedAtMs = Now,
        ChangedAtMs = Now,
    };
}
