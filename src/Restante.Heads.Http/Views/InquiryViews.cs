using Restante.Contracts;
using Restante.Core.Inquiries;

namespace Restante.Heads.Http.Views;

/// <summary>Inquiries as the interface shows them.</summary>
internal static class InquiryViews
{
    public static InquiryReceipt Receipt(AskedInquiry asked) => new()
    {
        Id = asked.Inquiry.Id,
        Subject = asked.Inquiry.Subject,
        AskedAt = Times.Of(asked.Inquiry.AskedAtMs),
        Deadline = Times.Of(asked.Inquiry.DeadlineMs),
        Answers = asked.Inquiry.Answers,
        Outcome = asked.Inquiry.Outcome?.Name(),
        Reason = asked.Inquiry.Reason,
        IsDuplicate = asked.IsDuplicate,
    };

    public static InquiryView Of(TakenInquiry taken) => MessageViews.Fill(
        new InquiryView
        {
            Id = taken.Number.ToString(),
            Lease = taken.Lease.ToString(),
            Device = taken.Device.Value,
            InquiryId = taken.Id,
            InquirySubject = taken.Subject,
            AskedAt = Times.Of(taken.AskedAtMs),
            Deadline = Times.Of(taken.DeadlineMs),
            LeasedUntil = Times.Of(taken.LeasedUntilMs),
            DeliveryCount = taken.DeliveryCount,
            Answers = taken.Answers,
        },
        taken.Content);

    public static EndedInquiryView Of(EndedInquiry ended) => new()
    {
        Number = ended.Number,
        Inquiry = ended.Inquiry.ToString(),
        Device = ended.Device.Value,
        InquiryId = ended.Id,
        Subject = ended.Subject,
        Outcome = ended.Outcome.Name(),
        Handler = ended.Handler,
        Answers = ended.Answers,
        At = Times.Of(ended.AtMs),
    };
}
