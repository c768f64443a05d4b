namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>Ends messages that may not be handed out any more. The result says nothing.</summary>
internal sealed class EndOperation : ClaimsOperation<bool>
{
    public EndOperation(List<Claim> claims, long nowMs)
    {
        Claims.AddRange(claims);
        NowMs = nowMs;
    }

    protected override bool TakeResult() => true;
}
