using Restante.Contracts;
using Restante.Core.Reports;

namespace Restante.Heads.Http.Views;

/// <summary>Reports as the interface shows them.</summary>
internal static class ReportViews
{
    public static ReportView Of(ReportRecord report) => MessageViews.Fill(
        new ReportView
        {
            Place = report.FeedNumber,
            Command = report.Command.ToString(),
            Number = report.Number,
            IsFinal = report.IsFinal,
            Device = report.Device.Value,
            At = Times.Of(report.AtMs),
        },
        report.Content);
}
