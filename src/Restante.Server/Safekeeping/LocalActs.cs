using System.Globalization;
using System.Text.Json;
using Restante.Server.Hosting;

namespace Restante.Server.Safekeeping;

/// <summary>
/// What was done with the data directory itself, beside a gateway or without one. Such commands cannot write the audit log, which belongs
/// to the gateway; each leaves a note in a directory, and <see cref="NoteIntake"/> takes the notes in.
/// </summary>
internal static class LocalActs
{
    /// <summary>How many notes may lie there.</summary>
    public const int MaxNotes = 1_000;

    /// <summary>How a note's file is called, behind the time and a number.</summary>
    public const string Ending = ".act";

    /// <summary>Leaves a note of an act that was done; says so when it cannot, as the act is done all the same.</summary>
    public static void Leave(DataDirectory data, string act, string? detail)
    {
        if (!Directory.Exists(data.Root))
        {
            SayUnnoted($"there is no data directory {data.Root}; name the gateway's with --data");
            return;
        }

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

    private static void SayUnnoted(string why) => Console.Error.WriteLine($"restante: This will not be in the audit log: {why}.");
}
