namespace Restante.Core.Quotas;

/// <summary>What one device, or one policy, may still send.</summary>
internal sealed class QuotaAccount
{
    // Fields, as a bucket is changed in place.
    public TokenBucket Messages;
    public TokenBucket Bytes;

    /// <summary>True when it has sent nothing lately, so that nothing need be known of it.</summary>
    public bool IsFull(long nowNs) => Messages.IsFull(nowNs) && Bytes.IsFull(nowNs);
}
