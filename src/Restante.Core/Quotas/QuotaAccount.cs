namespace Restante.Core.Quotas;

/// <summary>What one device, or one policy, may still send and do.</summary>
internal sealed class QuotaAccount
{
    // Fields, as a bucket is changed in place.
    public TokenBucket Messages;
    public TokenBucket Bytes;
    public TokenBucket Acts;

    /// <summary>True when it has sent and done nothing lately, so that nothing need be known of it.</summary>
    public bool IsFull(long nowNs) => Messages.IsFull(nowNs) && Bytes.IsFull(nowNs) && Acts.IsFull(nowNs);
}
