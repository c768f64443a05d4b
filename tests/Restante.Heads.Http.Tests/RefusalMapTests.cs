using Restante.Core.Refusals;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Tests;

public sealed class RefusalMapTests
{
    public static TheoryData<RefusalKind, int, string, bool> Table => new()
    {
        { RefusalKind.NotFound, 404, "not-found", false },
        { RefusalKind.Unauthorized, 401, "unauthorized", false },
        { RefusalKind.Forbidden, 403, "forbidden", false },
        { RefusalKind.Conflict, 409, "conflict", false },
        { RefusalKind.MailboxFull, 429, "mailbox-full", true },
        { RefusalKind.TooLarge, 413, "too-large", false },
        { RefusalKind.Malformed, 400, "malformed", false },
        { RefusalKind.Expired, 410, "expired", false },
        { RefusalKind.Throttled, 429, "throttled", true },
        { RefusalKind.LimitReached, 409, "limit-reached", false },
        { RefusalKind.Unavailable, 503, "unavailable", true },
    };

    [Fact]
    public void The_table_covers_every_kind() =>
        Assert.Equal(Enum.GetValues<RefusalKind>().Order(), Table.Select(row => (RefusalKind)((object[])row)[0]).Order());

    [Theory]
    [MemberData(nameof(Table))]
    public void Each_kind_has_its_status_and_name(RefusalKind kind, int status, string name, bool comeBack)
    {
        ProblemResult problem = RefusalMap.Of(new Refusal(kind, "Because."));
        Assert.Equal(status, problem.View.Status);
        Assert.Equal(name, problem.View.Kind);
        Assert.Equal("urn:restante:problem:" + name, problem.View.Type);
        Assert.Equal("Because.", problem.View.Detail);
        Assert.Equal(comeBack, problem.ComeBack);
        int preconditioned = RefusalMap.Of(new Refusal(kind, "Because."), preconditioned: true).View.Status;
        Assert.Equal(kind == RefusalKind.Conflict ? 412 : status, preconditioned);
    }
}
