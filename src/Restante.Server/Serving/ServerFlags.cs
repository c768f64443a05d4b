using System.CommandLine;
using System.Globalization;
using Restante.Server.Configuration;

namespace Restante.Server.Serving;

/// <summary>The flags that configure a gateway.</summary>
internal sealed class ServerFlags
{
    private readonly Option<string?> _config = new("--config") { Description = "A JSON file with settings." };
    private readonly Option<string?> _data = new("--data")
    {
        Description = "The data directory (default restante-data, or RESTANTE_DATA).",
    };
    private readonly Option<string[]> _host = new("--host") { Description = "A further name or address the generated certificate is for." };
    private readonly Option<int?> _amqp = new("--amqp-port") { Description = "The port for AMQP over TLS (5671); 0 any, -1 none." };
    private readonly Option<int?> _mqtt = new("--mqtt-port") { Description = "The port for MQTT over TLS (8883); 0 any, -1 none." };
    private readonly Option<int?> _https = new("--https-port") { Description = "The port for HTTPS (8443); 0 any." };
    private readonly Option<int?> _all = new("--all-port") { Description = "A port for all protocols over TLS (none); 0 any." };
    private readonly Option<string?> _cert = new("--cert") { Description = "A PEM file with the server certificate and its chain." };
    private readonly Option<string?> _key = new("--cert-key") { Description = "A PEM file with the certificate's private key." };
    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Any setting, as Path:To:Setting=VALUE; 'restante configuration' lists them.",
    };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _config, _data, _host, _amqp, _mqtt, _https, _all, _cert, _key, _set })
            command.Options.Add(option);
    }

    /// <summary>The options that the flags, the environment and the file make.</summary>
    /// <exception cref="ConfigurationException">Something cannot be used.</exception>
    public ServerOptions Load(ParseResult parsed)
    {
        var flags = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (string assignment in parsed.GetValue(_set) ?? [])
        {
            int equals = assignment.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
                throw new ConfigurationException($"--set {assignment} has no value; write --set Path:To:Setting=VALUE.");
            flags[assignment[..equals]] = assignment[(equals + 1)..];
        }

        Put(flags, "Data", parsed.GetValue(_data) ?? Environment.GetEnvironmentVariable("RESTANTE_DATA"));
        Put(flags, "Listen:Amqp", Text(parsed.GetValue(_amqp)));
        Put(flags, "Listen:Mqtt", Text(parsed.GetValue(_mqtt)));
        Put(flags, "Listen:Https", Text(parsed.GetValue(_https)));
        Put(flags, "Listen:All", Text(parsed.GetValue(_all)));
        Put(flags, "Certificate:File", parsed.GetValue(_cert));
        Put(flags, "Certificate:Key", parsed.GetValue(_key));
        if (parsed.GetValue(_host) is { Length: > 0 } hosts)
            flags["Hosts"] = string.Join(',', hosts);
        return ConfigurationLoader.Load(parsed.GetValue(_config), flags);
    }

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static void Put(Dictionary<string, string?> flags, string path, string? value)
    {
        if (value is not null)
            flags[path] = value;
    }
}
