using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Restante.Contracts;
using Restante.Core.Devices;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Server.Configuration;
using Restante.Server.Hosting;
using Restante.Server.Secrets;
using Restante.Storage.Sqlite;
using Restante.Storage.Sqlite.Inspection;
using Restante.Storage.Sqlite.Secrets;
using Restante.Storage.Streams.Inspection;

namespace Restante.Server.Safekeeping;

/// <summary>Looks a data directory through while no gateway runs on it.</summary>
internal sealed class Doctor(DataDirectory data, MasterKeySource masterKeys, TimeProvider time)
{
    private const long ScarceBytes = 1024L * 1024 * 1024;
    private const long TooFewBytes = 64L * 1024 * 1024;
    private const int SoonDays = 30;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly string[] s_public = ["ca.pem", "server.pem"];

    private readonly List<StoreFinding> _findings = [];

    /// <summary>Checks everything. Changes nothing, but with <paramref name="repair"/> a torn end of the stream log is cut off.</summary>
    /// <exception cref="StoreOpenException">A gateway runs on the directory, or this user may not open it.</exception>
    /// <exception cref="StoreUnavailableException">As before.</exception>
    /// <exception cref="IOException">Something cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read something.</exception>
    public IReadOnlyList<StoreFinding> Examine(bool repair)
    {
        if (!Directory.Exists(data.Root))
            throw new DirectoryNotFoundException($"There is no directory {data.Root}.");
        if (!File.Exists(Path.Combine(data.Root, SqliteStoreOptions.FileName)) && !File.Exists(data.AdminKeyFile))
            throw new DirectoryNotFoundException($"{data.Root} is no data directory of a gateway.");
        using StoreInspection store = StoreInspection.Begin(data.Root);
        CheckPermissions();
        CheckRoom();
        CheckAdminKey();
        CheckCertificates();
        _findings.AddRange(store.Inspect(ReadMasterKeys()));
        CheckLog(data.Streams, "the log of telemetry", repair);
        CheckLog(data.Events, "the log of events", repair);
        CheckAudit(repair);
        return _findings;
    }

    private MasterKeyRing? ReadMasterKeys()
    {
        try
        {
            MasterKeyRing ring = masterKeys.Read();
            if (masterKeys.IsOpenToOthers)
                Note(masterKeys.Name, "other users may read the master keys", $"chmod 600 '{masterKeys.Name}'");
            return ring;
        }
        catch (ConfigurationException e)
        {
            Fault(masterKeys.Name, "the master keys cannot be read, so nobody knows whether the secrets open", e.Message);
            return null;
        }
    }

    private void CheckLog(string path, string what, bool repair)
    {
        if (!Directory.Exists(path))
        {
            Fault(path, $"{what} is gone", "Restore it from a backup; the next start would begin with an empty one.");
            return;
        }

        using StreamLogInspection log = StreamLogInspection.Begin(path, repair);
        _findings.AddRange(log.Inspect());
    }

    private void CheckAudit(bool repair)
    {
        if (!Directory.Exists(data.Audit))
        {
            Fault(data.Audit, "the audit log is gone", "Restore it from a backup; the next start would begin with an empty one.");
            return;
        }

        using StreamLogInspection log = StreamLogInspection.Begin(data.Audit, repair);
        IReadOnlyList<StoreFinding> findings = log.Inspect();
        _findings.AddRange(findings);
        if (findings.Any(static f => f.IsFault))
            return;
        var chain = new AuditChain();
        foreach (ReadOnlyMemory<byte> content in log.Contents(StreamId.Audit))
            chain.Add(MessageContent.Decode(content).Body.Span);
        foreach (string fault in chain.Faults)
            Fault(
                data.Audit, fault.TrimEnd('.'),
                "Somebody has written into the log beside the gateway. Compare it with a backup or an export.");
    }

    private void CheckPermissions()
    {
        if (OperatingSystem.IsWindows())
            return;
        foreach (string directory in new[] { data.Root, data.Streams, data.Events, data.Audit, data.Certificates }.Where(Directory.Exists))
        {
            if ((File.GetUnixFileMode(directory) & Others) != 0)
                Fault(directory, "other users may open the directory", $"chmod 700 '{directory}'");
        }

        IEnumerable<string> secrets = Directory.EnumerateFiles(data.Root)
            .Concat(Directory.Exists(data.Certificates) ? Directory.EnumerateFiles(data.Certificates) : [])
            .Where(file => !s_public.Contains(Path.GetFileName(file)) && Path.GetFileName(file) != SqliteStoreOptions.LockFileName);
        foreach (string file in secrets)
        {
            if ((File.GetUnixFileMode(file) & Others) != 0)
                Fault(file, "other users may open the file", $"chmod 600 '{file}'");
        }
    }

    private void CheckRoom()
    {
        long free = new DriveInfo(data.Root).AvailableFreeSpace;
        if (free >= ScarceBytes)
            return;
        string what = string.Create(CultureInfo.InvariantCulture, $"{free / (1024 * 1024)} MiB are free on its disk");
        const string mend = "Make room, or move the directory to a larger disk.";
        if (free < TooFewBytes)
            Fault(data.Root, what, mend);
        else
            Note(data.Root, what, mend);
    }

    private void CheckAdminKey()
    {
        const string mend = "Restore the file, or delete it: the next start makes a new key for the administrator.";
        if (!File.Exists(data.AdminKeyFile))
            Note(data.AdminKeyFile, "there is no administrator's key", "Restore the file, or have the next start make a new key.");
        else if (!SymmetricKey.TryParse(File.ReadAllText(data.AdminKeyFile).Trim(), out SymmetricKey? key))
            Fault(data.AdminKeyFile, "the file holds no key", mend);
        else if (!key.LooksDrawn)
            Note(data.AdminKeyFile, "the key in it was not drawn at random", "Delete the file: the next start makes a new key.");
    }

    // Certificates that are configured to lie elsewhere are not looked at; the gateway has a metric and a warning for them.
    private void CheckCertificates()
    {
        if (!Directory.Exists(data.Certificates))
            return;
        CheckPair(
            "ca",
            "Put back both files (a backup without keys lacks the key), or delete them: the next start makes a new authority, and every "
            + "client then needs the new ca.pem.");
        CheckPair("server", "Delete both files: the next start issues a new certificate.");
    }

    private void CheckPair(string name, string mend)
    {
        string file = Path.Combine(data.Certificates, name + ".pem");
        string keyFile = Path.Combine(data.Certificates, name + "-key.pem");
        if (!File.Exists(file) && !File.Exists(keyFile))
            return;
        if (!File.Exists(file) || !File.Exists(keyFile))
        {
            string missing = File.Exists(file) ? keyFile : file;
            if (name == "ca")
                Fault(missing, "the file is missing", mend);
            else
                Note(missing, "the file is missing", "The next start issues a new certificate.");
            return;
        }

        try
        {
            using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(file, keyFile);
            double days = (certificate.NotAfter.ToUniversalTime() - time.GetUtcNow().UtcDateTime).TotalDays;
            string until = string.Create(CultureInfo.InvariantCulture, $"{certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}");
            if (name == "ca" && days <= 0)
                Fault(file, $"the certificate has expired on {until}", mend);
            else if (days <= SoonDays)
                Note(file, $"the certificate ends on {until}", name == "ca" ? mend : "The next start issues a new one.");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            Fault(file, "the certificate or its key cannot be read, or they do not belong together", mend);
        }
    }

    private void Fault(string file, string what, string mend) => _findings.Add(new StoreFinding(true, file, null, what, mend));

    private void Note(string file, string what, string mend) => _findings.Add(new StoreFinding(false, file, null, what, mend));
}
