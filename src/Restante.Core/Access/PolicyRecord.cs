using Restante.Core.Devices;

namespace Restante.Core.Access;

/// <summary>A named access policy of services or operators.</summary>
/// <param name="Name">1 to 64 characters out of A-Z a-z 0-9 . _ -.</param>
/// <param name="Rights">What it allows.</param>
/// <param name="PrimaryKey">The first of its two live keys.</param>
/// <param name="SecondaryKey">The second of its two live keys.</param>
/// <param name="CreatedAtMs">When it was created, in milliseconds since the Unix epoch.</param>
public sealed record PolicyRecord(string Name, Rights Rights, SymmetricKey PrimaryKey, SymmetricKey SecondaryKey, long CreatedAtMs);
