using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Restante.Core.Audit;
using Restante.Core.Refusals;
using Restante.Server.Hosting;

namespace Restante.Server.Safekeeping;

/// <summary>
/// What was done with the data directory itself, beside a gateway or without one. Such commands cannot write the audit log, which belongs
/// to the gateway; each leaves a note in a directory, and the gateway takes the notes into its log when it starts and from time to time.
/// </summary>
internal static class LocalActs
{
    private const int MaxNotes = 1_000;
    private const int MaxNoteBytes = 4 * 1024;
    private const string Ending = ".act";

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(5);

    /// <summary>Leaves a note of an act that was done; says so when it cannot, as the act is done all the same.</summary>
    public static void Leave(DataDirectory data, string act, string? detail)
    {
        try
        {
            data.EnsureNotes();
            if (Directory.EnumerateFiles(data.Notes).Count() >= MaxNotes)
            {
                SayUnnoted($"{MaxNotes} notes wait in {data.Notes} for a gateway to be started");
                return;
            }

            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            string name = string.Create(CultureInfo.InvariantCulture, $"{now:yyyyMMddHHmmssfffffff}-{Guid.NewGuid():N}{Ending}");
            byte[] note = JsonSerializer.SerializeToUtf8Bytes(
                new LocalAct(act, Environment.UserName, detail, now), LocalActJson.Default.LocalAct);
            DataDirectory.WriteForOwner(Path.Combine(data.Notes, name), note);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SayUnnoted(e.Message);
        }
    }

    /// <summary>Takes notes in until the gateway stops.</summary>
    public static async Task TakeInAsync(DataDirectory data, AuditLog audit, TimeProvider time, ILogger log, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(s_period, time);
        try
        {
            do
            {
                await TakeInAsync(data, audit, log);
            }
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException)
        {
            // The next start goes on.
        }
    }

    /// <summary>
    /// Takes in what is there. A note is removed when its entry is on disk: a crash in between notes it twice, never not at all.
    /// </summary>
    public static async Task TakeInAsync(DataDirectory data, AuditLog audit, ILogger log)
    {
        if (!Directory.Exists(data.Notes))
            return;
        try
        {
            string[] notes =
                [.. Directory.EnumerateFiles(data.Notes, "*" + Ending).Order(StringComparer.Ordinal).Take(MaxNotes)];
            foreach (string file in notes)
            {
                if (Read(file) is LocalAct act)
                {
                    string at = act.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
                    var entry = new AuditEntry
                    {
                        Act = act.Act,
                        By = AuditActor.Local(act.User),
                        Detail = act.Detail is null ? $"at {at}" : $"at {at}: {act.Detail}",
                    };
                    if (await audit.RecordAsync(entry) is Refusal)
                        return; // It is tried again.
                }

                File.Delete(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NotesUnreadable(log, data.Notes, e);
        }
    }

    private static void SayUnnoted(string why) => Console.Error.WriteLine($"restante: This will not be in the audit log: {why}.");

    private static LocalAct? Read(string file)
    {
        if (new FileInfo(file).Length > MaxNoteBytes)
            return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), LocalActJson.Default.LocalAct);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
