using Restante.Core.Access;
using Restante.Core.Issuing;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Inquiries;

/// <content>Questions to the gateway itself. Nothing of such a question is ever stored, as it may be a secret.</content>
public sealed partial class InquiryHub
{
    // What one device asks of the gateway is done one after the other, so that of two questions with one id the second is found out before
    // it changes anything.
    private const int GatewayLanes = 64;

    private readonly SemaphoreSlim[] _gatewayLanes = [.. Enumerable.Range(0, GatewayLanes).Select(static _ => new SemaphoreSlim(1, 1))];

    /// <summary>From now on questions to the gateway are answered there. Once, before anybody asks.</summary>
    internal void AnswerAt(IGatewayDesk desk) => _desk = desk;

    private async ValueTask<Result<AskedInquiry>> AskGatewayAsync(
        DevicePrincipal device, string subject, string? id, byte[] body, long deadlineMs)
    {
        if (_desk is null || !GatewaySubjects.IsKnown(subject))
        {
            return new Refusal(
                RefusalKind.NotFound,
                $"The gateway itself answers '{GatewaySubjects.Certificate}', "
                    + $"'{GatewaySubjects.Key}' and '{GatewaySubjects.Retire}' only.");
        }

        SemaphoreSlim lane = _gatewayLanes[device.Number.Value % GatewayLanes];
        await lane.WaitAsync();
        try
        {
            if (id is not null && await _store.FindAsync(device.Number, id) is InquiryRecord asked)
                return new AskedInquiry(asked, true);
            Result<GatewayAnswer> answer = await _desk.AnswerAsync(device, subject, body);
            return answer.IsSuccess
                ? await KeepAsync(device, subject, id ?? Guid.CreateVersion7(_time.GetUtcNow()).ToString("N"), answer.Value, deadlineMs)
                : answer.Refusal;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
        finally
        {
            lane.Release();
        }
    }

    private async ValueTask<Result<AskedInquiry>> KeepAsync(
        DevicePrincipal device, string subject, string id, GatewayAnswer answer, long deadlineMs)
    {
        long now = NowMs, expires = now + _rules.AnswerLifeMs;
        var answered = new AnsweredInquiry
        {
            Inquiry = new NewInquiry { Device = device.Number, Id = id, Subject = subject, Content = default, DeadlineMs = deadlineMs },
            Answer = answer.Content,
            AnswerExpiresAtMs = Math.Min(expires, answer.Issued?.UntilMs ?? expires),
            Handler = GatewaySubjects.Handler,
            Issued = answer.Issued,
            MaxLive = _desk!.MaxLive,
        };
        AskResult result;
        try
        {
            result = await _store.AnswerAtOnceAsync(answered, _rules, now);
        }
        catch (StoreUnavailableException) when (answer.Issued is not null)
        {
            await _desk.PerhapsIssuedAsync(device, subject, answer.Issued);
            throw;
        }

        if (result.Inquiry is null)
            return Refuse(result, subject);
        if (result.Status == AskStatus.Asked)
        {
            _metrics.Asked();
            _metrics.InquiriesEnded(InquiryOutcome.Answered, 1);
            Posted(device.Number);
            if (answer.Issued is not null && await _desk.IssuedAsync(device, subject, answer.Issued) is Refusal unrecorded)
                return unrecorded;
        }

        return new AskedInquiry(result.Inquiry, result.Status == AskStatus.Duplicate);
    }
}
