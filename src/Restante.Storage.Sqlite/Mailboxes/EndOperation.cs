using Restante.Core.Storage;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>Ends messages. The result tells which ones were still there.</summary>
internal sealed class EndOperation : ClaimsOperation<IReadOnlyList<EndedMessage>>
{
    public EndOperation(List<Claim> claims, long nowMs)
    {
        Claims.AddRange(claims);
        NowMs = nowMs;
    }

    protected override IReadOnlyList<EndedMessage> TakeResult() => TakeEnded();
}
