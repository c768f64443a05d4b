using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Restante.Contracts;

namespace Restante.Cli.Connecting;

/// <summary>How to reach the gateway and as whom: from flags, the environment and the data directory, in this order.</summary>
internal sealed class ConnectionSettings
{
    private const string DefaultUrl = "https://localhost:8443";
    private const string Administrator = "admin";
    private const string SystemRoots = "system";
    private const int KeyBytes = 32;

    private readonly CliSurroundings _surroundings;
    private readonly ParseResult _parsed;
    private readonly CommonOptions _options;

    public ConnectionSettings(CliSurroundings surroundings, ParseResult parsed, CommonOptions options)
    {
        _surroundings = surroundings;
        _parsed = parsed;
        _options = options;
        Directory = Path.Combine(
            surroundings.WorkingDirectory, Given(options.Data, GatewayFile.DirectoryVariable) ?? GatewayFile.DefaultDirectory);
    }

    /// <summary>The data directory, whether it exists or not.</summary>
    public string Directory { get; }

    public string Policy => Given(_options.Policy, "RESTANTE_POLICY") ?? Administrator;

    /// <summary>The gateway's address.</summary>
    public Uri FindUrl()
    {
        string text = Given(_options.Url, "RESTANTE_URL") ?? FindRunning() ?? DefaultUrl;
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme == Uri.UriSchemeHttps
            ? url
            : throw new CliFailureException(
                ExitCode.Usage, $"'{text}' is no address of a gateway.", "Give one such as https://gateway.example:8443 with --url.");
    }

    /// <summary>The key to sign with.</summary>
    public byte[] FindKey()
    {
        string? text = Given(_options.Key, "RESTANTE_KEY");
        string origin = "The key";
        if (text is null)
        {
            string path = Path.Combine(Directory, GatewayFile.AdministratorKeyFileName);
            if (Policy != Administrator || !File.Exists(path))
            {
                throw new CliFailureException(
                    ExitCode.Usage,
                    Policy == Administrator ? $"There is no key: {path} does not exist." : $"There is no key for the policy '{Policy}'.",
                    "Give the key with --key or RESTANTE_KEY, or the gateway's data directory with --data.");
            }

            text = ReadFile(path, "Run this as the user who runs the gateway, or give the key with --key or RESTANTE_KEY.").Trim();
            origin = path;
        }

        byte[] key = new byte[KeyBytes];
        return Convert.TryFromBase64String(text, key, out int length) && length == KeyBytes
            ? key
            : throw new CliFailureException(ExitCode.Usage, $"{origin} is not a key: {KeyBytes} bytes in base64 are expected.");
    }

    /// <summary>The roots to trust; null for the system's.</summary>
    public X509Certificate2Collection? FindRoots()
    {
        string? given = Given(_options.Ca, "RESTANTE_CA");
        if (given == SystemRoots)
            return null;
        string path = given is null
            ? Path.Combine(Directory, GatewayFile.TrustFileName)
            : Path.Combine(_surroundings.WorkingDirectory, given);
        if (given is null && !File.Exists(path))
            return null;
        string pem = ReadFile(path, "Give the certificate of the authority in PEM with --ca.");
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            roots.Clear();
        }

        return roots.Count > 0
            ? roots
            : throw new CliFailureException(ExitCode.Usage, $"{path} holds no certificate in PEM.", "Give another with --ca.");
    }

    private string? FindRunning()
    {
        string path = Path.Combine(Directory, GatewayFile.FileName);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), RestanteJson.Plain.GatewayFile)?.HttpsUrl : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // It only helps to find the port; without it the default is tried.
            return null;
        }
    }

    private static string ReadFile(string path, string mend)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (UnauthorizedAccessException)
        {
            throw new CliFailureException(ExitCode.NotAuthorized, $"{path} may not be read.", mend);
        }
        catch (IOException)
        {
            throw new CliFailureException(ExitCode.Usage, $"{path} cannot be read.", mend);
        }
    }

    private string? Given(Option<string?> option, string variable)
    {
        string? text = _parsed.GetValue(option) ?? _surroundings.Environment(variable);
        return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }
}
