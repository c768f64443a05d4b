using Restante.Amqp.Types;

namespace Restante.Heads.Amqp;

/// <summary>
/// Message annotations that the gateway sets. What a peer writes under annotations is never passed on, so they cannot be forged.
/// </summary>
internal static class Annotations
{
    public static readonly Symbol SequenceNumber = "x-opt-sequence-number";
    public static readonly Symbol Offset = "x-opt-offset";
    public static readonly Symbol EnqueuedTime = "x-opt-enqueued-time";
    public static readonly Symbol Device = "x-opt-restante-device";
    public static readonly Symbol Channel = "x-opt-restante-channel";
    public static readonly Symbol Partition = "x-opt-restante-partition";
    public static readonly Symbol Skipped = "x-opt-restante-skipped";
    public static readonly Symbol Lease = "x-opt-restante-lease";
    public static readonly Symbol Kind = "x-opt-restante-kind";
    public static readonly Symbol Answers = "x-opt-restante-answers";
    public static readonly Symbol LockedUntil = "x-opt-locked-until";
}
