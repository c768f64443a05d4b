namespace Restante.Net.Timing;

/// <summary>
/// Something with at most one armed deadline on a <see cref="Heartbeat"/>. Its link lives inside it: arming allocates nothing.
/// </summary>
internal interface ITimed
{
    ref HeartbeatLink Link { get; }

    /// <summary>The armed deadline has passed. Called on the heartbeat's thread, outside its lock; must return at once.</summary>
    void DeadlinePassed(long nowMs);
}

/// <summary>Place of an <see cref="ITimed"/> in the wheel. Owned by the heartbeat.</summary>
internal struct HeartbeatLink
{
    public ITimed? Previous;
    public ITimed? Next;

    /// <summary>The deadline it stands at; meaningless while <see cref="Bucket"/> is zero.</summary>
    public long DeadlineMs;

    /// <summary>Index of the bucket plus one; zero when not armed.</summary>
    public int Bucket;
}
