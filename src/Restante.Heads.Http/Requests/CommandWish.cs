namespace Restante.Heads.Http.Requests;

/// <summary>A command as it was asked for.</summary>
internal readonly record struct CommandWish(byte[] Content, string? MessageId, long? ExpiresAtMs);
