using Restante.Core.Mailboxes;

namespace Restante.Heads.Http.Requests;

/// <summary>A command as it was asked for.</summary>
internal readonly record struct CommandWish(byte[] Content, CommandTerms Terms);
