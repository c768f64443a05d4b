using System.Text;
using System.Text.Json;
using Restante.Core.Devices;
using Restante.Net.Certificates;
using Restante.Server.Configuration;
using Restante.Storage.Sqlite.Database;

namespace Restante.Server.Hosting;

/// <summary>The directory with everything a gateway keeps, readable by its owner only.</summary>
internal sealed class DataDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private DataDirectory(string path) => Root = path;

    public string Root { get; }

    /// <summary>The certificate that clients trust.</summary>
    public string CaFile => Path.Combine(Root, "ca.pem");

    /// <summary>The administrator's key.</summary>
    public string AdminKeyFile => Path.Combine(Root, "admin.key");

    /// <summary>Where a running gateway says how it is reached.</summary>
    public string GatewayFile => Path.Combine(Root, "gateway.json");

    /// <summary>The development CA and its certificates.</summary>
    public string Certificates => Path.Combine(Root, "certificates");

    /// <summary>The log of telemetry.</summary>
    public string Streams => Path.Combine(Root, "streams");

    /// <summary>The log of events.</summary>
    public string Events => Path.Combine(Root, "events");

    /// <summary>The audit log.</summary>
    public string Audit => Path.Combine(Root, "audit");

    /// <summary>Where local commands leave notes for the audit log.</summary>
    public string Notes => Path.Combine(Root, "audit-notes");

    /// <summary>The directory as it is, without making or changing anything.</summary>
    public static DataDirectory At(string path) => new(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    /// <summary>Opens the directory; creates it when it does not exist.</summary>
    /// <exception cref="ConfigurationException">It cannot be created or written.</exception>
    public static DataDirectory Open(string path)
    {
        string full = Path.GetFullPath(path);
        try
        {
            Make(full);
            CreateForOwner(Path.Combine(full, "streams"));
            CreateForOwner(Path.Combine(full, "events"));
            CreateForOwner(Path.Combine(full, "audit"));
            string probe = Path.Combine(full, ".probe");
            File.WriteAllText(probe, string.Empty);
            File.Delete(probe);
            return new DataDirectory(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                $"The data directory {full} cannot be used: {e.Message} Name another with --data, or "
                    + "give this user the right to write there.", e);
        }
    }

    /// <summary>Reads the administrator's key; makes one on the first start.</summary>
    /// <exception cref="ConfigurationException">The file holds no key, or cannot be read or written.</exception>
    public SymmetricKey AdminKey()
    {
        try
        {
            if (File.Exists(AdminKeyFile))
            {
                return SymmetricKey.TryParse(File.ReadAllText(AdminKeyFile).Trim(), out SymmetricKey? held)
                    ? held
                    : throw new ConfigurationException(
                        $"{AdminKeyFile} holds no key. Restore the file, or delete it: the next start makes a new key for the "
                            + "administrator.");
            }

            var key = SymmetricKey.Generate();
            WriteForOwner(AdminKeyFile, Encoding.UTF8.GetBytes(key.Reveal() + "\n"));
            return key;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(AdminKeyFile, e);
        }
    }

    /// <summary>Gives clients the certificate that they are to trust. A file that holds it already stays as it is.</summary>
    /// <param name="certificate">The file with it.</param>
    /// <exception cref="CertificateException">It cannot be written.</exception>
    public void PublishCa(string certificate)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(certificate);
            if (!File.Exists(CaFile) || !File.ReadAllBytes(CaFile).AsSpan().SequenceEqual(bytes))
                Write(CaFile, bytes, Public);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CertificateException(HowToMend(CaFile, e), e);
        }
    }

    /// <summary>Makes the directory of notes if need be.</summary>
    public void EnsureNotes() => CreateForOwner(Notes);

    /// <summary>Writes down how the running gateway is reached.</summary>
    /// <exception cref="ConfigurationException">It cannot be written.</exception>
    public void Announce(GatewayAddresses addresses)
    {
        try
        {
            string json = JsonSerializer.Serialize(addresses, GatewayAddressesJson.Default.GatewayAddresses);
            WriteForOwner(GatewayFile, Encoding.UTF8.GetBytes(json + "\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(GatewayFile, e);
        }
    }

    private static void Make(string path)
    {
        var parents = new Stack<string>();
        for (string at = path; !Directory.Exists(at); at = parents.Peek())
            parents.Push(Path.GetDirectoryName(at)!);
        if (parents.Count == 0)
            return;
        CreateForOwner(path);
        foreach (string parent in parents)
            DirectorySync.Sync(parent);
    }

    // A directory that is there already is tightened: telemetry is nobody else's business.
    private static void CreateForOwner(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        File.SetUnixFileMode(path, OwnerOnly | UnixFileMode.UserExecute);
    }

    /// <summary>Writes a file that only its owner may read; there is a whole one or none. On the medium when the call returns.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write it.</exception>
    public static void WriteForOwner(string path, byte[] bytes) => Write(path, bytes, OwnerOnly);

    private static void Write(string path, byte[] bytes, UnixFileMode mode)
    {
        string temporary = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;
        File.Delete(temporary);
        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        DirectorySync.Sync(Path.GetDirectoryName(path)!);
    }

    private static ConfigurationException Unusable(string file, Exception cause) => new(HowToMend(file, cause), cause);

    private static string HowToMend(string file, Exception cause) =>
        $"{file} cannot be used: {cause.Message} Give this user the right to read and write it, and see that there is room on the disk.";
}
