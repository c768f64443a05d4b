namespace Restante.Amqp.Types;

/// <summary>An IEEE 754-2008 decimal32 as its raw bits. [AMQP 1.6.13]</summary>
public readonly record struct AmqpDecimal32(uint Bits);

/// <summary>An IEEE 754-2008 decimal64 as its raw bits. [AMQP 1.6.14]</summary>
public readonly record struct AmqpDecimal64(ulong Bits);

/// <summary>An IEEE 754-2008 decimal128 as its raw bits. [AMQP 1.6.15]</summary>
public readonly record struct AmqpDecimal128(ulong HighBits, ulong LowBits);
