namespace Restante.Core.Storage;

/// <summary>How full all mailboxes are together.</summary>
/// <param name="Mailboxes">Mailboxes that hold a message.</param>
/// <param name="Messages">Messages in them.</param>
/// <param name="Bytes">Their contents in bytes.</param>
/// <param name="Leased">How many of them are leased.</param>
public readonly record struct MailboxTotals(long Mailboxes, long Messages, long Bytes, long Leased);
