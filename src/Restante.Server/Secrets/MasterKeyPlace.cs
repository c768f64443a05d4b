using System.CommandLine;
using Restante.Server.Configuration;
using Restante.Server.Hosting;

namespace Restante.Server.Secrets;

/// <summary>The flags by which commands on a data directory find its master keys, as the gateway itself does.</summary>
internal sealed class MasterKeyPlace
{
    private readonly Option<string?> _file = new("--master-key-file")
    {
        HelpName = "FILE",
        Description = "The file with the master keys. Else as the gateway finds it.",
    };

    private readonly Option<string?> _config = new("--config") { HelpName = "FILE", Description = "The gateway's file with settings." };

    public void AddTo(Command command)
    {
        command.Options.Add(_file);
        command.Options.Add(_config);
    }

    /// <summary>Where the master keys of a data directory come from.</summary>
    /// <exception cref="ConfigurationException">The settings cannot be read.</exception>
    public MasterKeySource Find(ParseResult parsed, DataDirectory data)
    {
        string file = parsed.GetValue(_file)
            ?? ConfigurationLoader.Load(parsed.GetValue(_config), new Dictionary<string, string?>()).Store.MasterKeyFile;
        return MasterKeySource.Find(file, data, Environment.GetEnvironmentVariable);
    }
}
