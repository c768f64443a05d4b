namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>
/// The tables of messages and their outcomes. Outcomes that are told in the feed are numbered from 1 upwards; the others from -1 downwards,
/// so that the feed has no gaps and reading it passes over nothing.
/// </summary>
internal static class MailboxTables
{
    internal const string Tables = """
        CREATE TABLE message (
            sequence INTEGER PRIMARY KEY,
            device INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            flags INTEGER NOT NULL,
            not_before INTEGER NOT NULL,
            replace_key TEXT,
            enqueued_at INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            reports_until INTEGER NOT NULL,
            origin INTEGER NOT NULL,
            job INTEGER NOT NULL,
            message_id TEXT,
            sender TEXT NOT NULL,
            content BLOB NOT NULL);
        CREATE TABLE delivery (
            sequence INTEGER PRIMARY KEY,
            count INTEGER NOT NULL);
        CREATE TABLE outcome (
            number INTEGER PRIMARY KEY,
            sequence INTEGER NOT NULL UNIQUE,
            device TEXT NOT NULL,
            device_number INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            flags INTEGER NOT NULL,
            outcome INTEGER NOT NULL,
            reason TEXT,
            message_id TEXT,
            sender TEXT NOT NULL,
            delivery_count INTEGER NOT NULL,
            enqueued_at INTEGER NOT NULL,
            at INTEGER NOT NULL,
            reports_until INTEGER NOT NULL,
            origin INTEGER NOT NULL,
            job INTEGER NOT NULL);
        CREATE TABLE cursor (
            reader TEXT PRIMARY KEY,
            number INTEGER NOT NULL,
            at INTEGER NOT NULL) WITHOUT ROWID;
        """;
}
