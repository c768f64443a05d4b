namespace Restante.Core.Storage;

/// <summary>How full a mailbox is.</summary>
/// <param name="Messages">Messages in it, leased ones included.</param>
/// <param name="Bytes">Their contents in bytes.</param>
/// <param name="Leased">How many of them are leased.</param>
public readonly record struct MailboxInfo(int Messages, long Bytes, int Leased);
