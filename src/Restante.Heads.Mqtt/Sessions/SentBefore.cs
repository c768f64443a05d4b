using Restante.Core.Mailboxes;

namespace Restante.Heads.Mqtt.Sessions;

/// <summary>A message that was sent and not acknowledged when its connection ended.</summary>
/// <param name="PacketId">The identifier it was sent under.</param>
/// <param name="Sequence">The message.</param>
internal readonly record struct SentBefore(ushort PacketId, Sequence Sequence);
