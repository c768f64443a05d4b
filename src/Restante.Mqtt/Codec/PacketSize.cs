namespace Restante.Mqtt.Codec;

/// <summary>Lengths of a packet about to be written, in bytes.</summary>
internal readonly record struct PacketSize(int PropertyLength, int FieldLength, uint RemainingLength, int TotalLength);
