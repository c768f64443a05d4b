using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Restante.Core.Audit;
using Restante.Core.Refusals;
using Restante.Server.Hosting;

namespace Restante.Server.Safekeeping;

/// <summary>
/// Takes the notes of <see cref="LocalActs"/> into the audit log, when the gateway starts and from time to time. A note is removed when its
/// entry is on disk: a crash in between notes it twice, never not at all.
/// </summary>
internal sealed class NoteIntake(DataDirectory data, AuditLog audit, TimeProvider time, ILogger log)
{
    private const int MaxNoteBytes = 4 * 1024;

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_logPeriod = TimeSpan.FromMinutes(1);

    // Notes whose entries the log has, or still tries to write: while the disk takes nothing none is handed in a second time.
    private readonly HashSet<string> _handedIn = new(StringComparer.Ordinal);
    private long? _logged;

    /// <summary>Takes notes in until the gateway stops.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(s_period, time);
        try
        {
            do
            {
                await TakeInAsync();
            }
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The next start goes on.
        }
    }

    /// <summary>Takes in what is there. A note that cannot be read, or not be removed, keeps no other waiting.</summary>
    public async Task TakeInAsync()
    {
        try
        {
            string[] notes = Directory.Exists(data.Notes)
                ? [.. Directory.EnumerateFiles(data.Notes, "*" + LocalActs.Ending).Order(StringComparer.Ordinal).Take(LocalActs.MaxNotes)]
                : [];
            _handedIn.IntersectWith(notes);
            if (notes.Length == 0 || await audit.FlushAsync() is Refusal)
                return; // It is tried again.
            foreach (string file in notes)
            {
                if (!await TakeInAsync(file))
                    return; // The log writes it when it can; the note goes then.
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Unreadable(data.Notes, e);
        }
    }

    // False when the log cannot be written.
    private async ValueTask<bool> TakeInAsync(string file)
    {
        try
        {
            if (!_handedIn.Contains(file) && Read(file) is LocalAct act)
            {
                _handedIn.Add(file);
                if (await audit.RecordAsync(EntryOf(act)) is Refusal)
                    return false;
            }

            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Unreadable(file, e);
        }

        return true;
    }

    private void Unreadable(string path, Exception fault)
    {
        if (_logged is long logged && time.GetElapsedTime(logged) < s_logPeriod)
            return;
        _logged = time.GetTimestamp();
        Log.NotesUnreadable(log, path, fault.Message);
    }

    private static AuditEntry EntryOf(LocalAct act)
    {
        string at = act.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return new AuditEntry
        {
            Act = act.Act,
            By = AuditActor.Local(act.User),
            Detail = act.Detail is null ? $"at {at}" : $"at {at}: {act.Detail}",
        };
    }

    // Null for what is no note of an act.
    private static LocalAct? Read(string file)
    {
        if (new FileInfo(file).Length > MaxNoteBytes)
            return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), LocalActJson.Default.LocalAct) is { Act: not null } act ? act : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
