using Restante.Server.Configuration;
using Restante.Server.Hosting;
using Restante.Storage.Sqlite;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Server.Secrets;

/// <summary>
/// Where the master keys come from: the file of <c>Store:MasterKeyFile</c>; else <c>RESTANTE_MASTER_KEY</c>; else the systemd credential
/// <c>restante-master-key</c>; else <c>master.key</c> in the data directory, which the first start makes.
/// </summary>
internal sealed class MasterKeySource
{
    /// <summary>The environment variable that holds a ring.</summary>
    public const string Variable = "RESTANTE_MASTER_KEY";

    /// <summary>The name of the systemd credential that holds a ring.</summary>
    public const string CredentialName = "restante-master-key";

    private const string CredentialsVariable = "CREDENTIALS_DIRECTORY";

    private readonly DataDirectory _data;
    private readonly string? _text;

    private MasterKeySource(DataDirectory data, string? file, string? text, string name)
    {
        _data = data;
        File = file;
        _text = text;
        Name = name;
    }

    /// <summary>What to call it: the path of the file, or the variable.</summary>
    public string Name { get; }

    /// <summary>The file; null for a variable.</summary>
    public string? File { get; }

    /// <summary>True when it is the file in the data directory that the first start makes.</summary>
    public bool IsDefault => File == DefaultFile(_data);

    /// <summary>
    /// True when users other than its owner may read the file. A credential of systemd's is nobody else's, whatever its mode.
    /// </summary>
    public bool IsOpenToOthers =>
        IsWritable && !IsDefault && !OperatingSystem.IsWindows() && System.IO.File.Exists(File)
        && (System.IO.File.GetUnixFileMode(File!) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != 0;

    /// <summary>True when this program may put another ring there: systemd's credentials and variables are others' to write.</summary>
    public bool IsWritable => File is not null && Path.GetFileName(File) != CredentialName;

    /// <summary>Finds it, without reading it.</summary>
    /// <param name="configured">The file that is named by option; empty for none.</param>
    /// <param name="data">The data directory.</param>
    /// <param name="environment">Gives the value of an environment variable.</param>
    public static MasterKeySource Find(string configured, DataDirectory data, Func<string, string?> environment)
    {
        if (configured.Length > 0)
            return new MasterKeySource(data, Path.GetFullPath(configured), null, Path.GetFullPath(configured));
        if (environment(Variable) is string text)
            return new MasterKeySource(data, null, text, $"the environment variable {Variable}");
        if (environment(CredentialsVariable) is { Length: > 0 } folder)
        {
            string credential = Path.Combine(folder, CredentialName);
            if (System.IO.File.Exists(credential))
                return new MasterKeySource(data, credential, null, credential);
        }

        return new MasterKeySource(data, DefaultFile(data), null, DefaultFile(data));
    }

    /// <summary>Reads the ring as it is now.</summary>
    /// <exception cref="ConfigurationException">There is none; the message says how to mend it.</exception>
    public MasterKeyRing Read() => Read(file => System.IO.File.Exists(file)
        ? MasterKeyFile.Read(file)
        : throw new ConfigurationException(IsDefault
            ? $"The master key {file} is gone, and the store holds secrets that only it opens. Restore the file from a backup of it."
            : $"There is no master key in {file}. Restore the file; for a new gateway make one: restante master-key generate > {file}"));

    /// <summary>Reads the ring; makes one in the data directory when it is missing there and nothing has been sealed yet.</summary>
    /// <exception cref="ConfigurationException">As for <see cref="Read()"/>.</exception>
    public MasterKeyRing ReadOrMake()
    {
        bool begins = new FileInfo(Path.Combine(_data.Root, SqliteStoreOptions.FileName)) is not { Exists: true, Length: > 0 };
        return IsDefault && begins ? Read(MasterKeyFile.ReadOrMake) : Read();
    }

    private MasterKeyRing Read(Func<string, MasterKeyRing> read)
    {
        try
        {
            return File is null ? MasterKeyRing.Parse(_text!) : read(File);
        }
        catch (FormatException e)
        {
            throw new ConfigurationException(
                $"{Name} holds no key ring: {e.Message} A ring is one key a line, each 32 bytes in "
                    + "base64; restante master-key generate makes one.",
                e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                $"The master key {Name} cannot be used: {e.Message} Give this user the right to read "
                    + "it, or name another by Store:MasterKeyFile.",
                e);
        }
    }

    private static string DefaultFile(DataDirectory data) => Path.Combine(data.Root, MasterKeyFile.DefaultName);
}
