using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Configuration;

namespace Restante.Server.Configuration;

/// <summary>
/// Puts the options together: defaults, then a JSON file, then environment variables, then flags; the later wins. Every value is checked,
/// and a name that nothing goes by is refused rather than ignored.
/// </summary>
internal static class ConfigurationLoader
{
    /// <summary>What the environment variables begin with.</summary>
    public const string EnvironmentPrefix = "RESTANTE__";

    /// <summary>The file that is read when it exists and none is named.</summary>
    public const string DefaultFile = "restante.json";

    /// <summary>Loads and checks.</summary>
    /// <param name="file">The file named by flag; null for <see cref="DefaultFile"/> in the working directory if it exists.</param>
    /// <param name="flags">Settings made by flags, by their path.</param>
    /// <exception cref="ConfigurationException">Something cannot be used; the message says how to mend it.</exception>
    public static ServerOptions Load(string? file, IReadOnlyDictionary<string, string?> flags)
    {
        IConfigurationRoot fromFile = ReadFile(file);
        IConfigurationRoot fromEnvironment = new ConfigurationBuilder().AddEnvironmentVariables(EnvironmentPrefix).Build();
        IConfigurationRoot fromFlags = new ConfigurationBuilder().AddInMemoryCollection(flags).Build();
        RefuseUnknown(fromFile, path => $"in {file ?? DefaultFile}: {path}");
        RefuseUnknown(
            fromEnvironment, path => $"in the environment: {EnvironmentPrefix}{path.Replace(":", "__", StringComparison.Ordinal)}");
        RefuseUnknown(fromFlags, path => $"by flag: --set {path}");
        IConfigurationRoot all = new ConfigurationBuilder()
            .AddConfiguration(fromFile).AddConfiguration(fromEnvironment).AddConfiguration(fromFlags).Build();
        foreach (Setting setting in Setting.All)
            Check(setting, all[setting.Path]);
        ServerOptions options = all.Get<ServerOptions>() ?? new ServerOptions();
        CheckTogether(options);
        return options;
    }

    private static IConfigurationRoot ReadFile(string? file)
    {
        string path = Path.GetFullPath(file ?? DefaultFile);
        if (file is not null && !File.Exists(path))
            throw new ConfigurationException(
                $"There is no configuration file {file}. Name an existing one with --config, or leave the flag out.");
        try
        {
            return new ConfigurationBuilder().AddJsonFile(path, optional: true).Build();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            string why = e.InnerException?.Message ?? e.Message;
            throw new ConfigurationException(
                $"The configuration file {path} cannot be read: {why} Mend the file, or name another with --config.", e);
        }
    }

    private static void RefuseUnknown(IConfigurationRoot source, Func<string, string> describe)
    {
        foreach ((string path, string? value) in source.AsEnumerable())
        {
            bool known = Setting.All.Any(s => s.Path.Equals(path, StringComparison.OrdinalIgnoreCase)
                || (value is null && s.Path.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase)));
            if (known)
                continue;
            Setting nearest = Setting.All.MinBy(s => Distance(s.Path, path))!;
            throw new ConfigurationException(
                $"Nothing is called so ({describe(path)}). Did you mean {nearest.Path}? 'restante configuration' lists every setting.");
        }
    }

    private static void Check(Setting setting, string? text)
    {
        if (text is null)
            return;
        object value;
        try
        {
            value = setting.Property.PropertyType.IsEnum
                ? Enum.Parse(setting.Property.PropertyType, text, ignoreCase: true)
                : Convert.ChangeType(text, setting.Property.PropertyType, System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException or InvalidCastException)
        {
            throw new ConfigurationException($"{setting.Path} is '{text}', which is no {TypeName(setting)}. {HowToSet(setting)}", e);
        }

        if (setting.Range is RangeAttribute range && !range.IsValid(value))
            throw new ConfigurationException(
                $"{setting.Path} is {text}; it must be from {range.Minimum} to {range.Maximum}. {HowToSet(setting)}");
    }

    private static void CheckTogether(ServerOptions options)
    {
        if (options.Certificate.File.Length == 0 != (options.Certificate.Key.Length == 0))
            throw new ConfigurationException(
                "Certificate:File and Certificate:Key belong together: set both (--cert and --cert-key), or neither.");
        if (options.Certificate.FurtherFile.Length == 0 != (options.Certificate.FurtherKey.Length == 0))
            throw new ConfigurationException("Certificate:FurtherFile and Certificate:FurtherKey belong together: set both, or neither.");
        if (options.Certificate.FurtherFile.Length > 0 && options.Certificate.File.Length == 0)
            throw new ConfigurationException(
                "Certificate:FurtherFile stands beside Certificate:File, which is not set: set that and Certificate:Key too.");
        if (options.Limits.DefaultTtlMs > options.Limits.MaxTtlMs)
            throw new ConfigurationException("Limits:DefaultTtlMs is larger than Limits:MaxTtlMs; lower the first or raise the second.");
        if (options.Limits.DefaultClaimMs > options.Limits.MaxClaimMs)
            throw new ConfigurationException(
                "Limits:DefaultClaimMs is larger than Limits:MaxClaimMs; lower the first or raise the second.");
        if (options.Limits.DefaultInquiryMs > options.Limits.MaxInquiryMs)
            throw new ConfigurationException(
                "Limits:DefaultInquiryMs is larger than Limits:MaxInquiryMs; lower the first or raise the second.");
        if (options.Data.Length == 0)
            throw new ConfigurationException("Data is empty; name a directory with --data.");
        CheckListeners(options.Listen);
        if (options.Network.MaxPendingOutputBytes < 2L * options.Limits.MaxMessageBytes)
            throw new ConfigurationException(
                "Network:MaxPendingOutputBytes is less than twice Limits:MaxMessageBytes, so a large "
                    + "message would end its connection; raise it.");
        if (options.Mailboxes.MaxBytes < options.Limits.MaxMessageBytes)
            throw new ConfigurationException(
                "Mailboxes:MaxBytes is smaller than Limits:MaxMessageBytes, so the largest message would fit nowhere; raise it.");
    }

    private static void CheckListeners(ListenOptions listen)
    {
        const ListenProtocols all = ListenProtocols.Amqp | ListenProtocols.Mqtt | ListenProtocols.Https;
        foreach ((string name, ListenProtocols taken)
            in new[] { ("Amqp", listen.AmqpProtocols), ("Mqtt", listen.MqttProtocols), ("Https", listen.HttpsProtocols) })
        {
            if (taken == ListenProtocols.None || (taken & ~all) != 0)
                throw new ConfigurationException(
                    $"Listen:{name}Protocols names no protocols; write one or more of Amqp, Mqtt and Https, separated by commas.");
        }

        if (!listen.HttpsProtocols.HasFlag(ListenProtocols.Https))
            throw new ConfigurationException("Listen:HttpsProtocols lacks Https, which the commands of restante need; add it.");
        bool loopback = listen.PlainAddress.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(listen.PlainAddress, out IPAddress? address) && IPAddress.IsLoopback(address));
        if (!loopback && !listen.AllowPlainBeyondLoopback)
        {
            throw new ConfigurationException(
                $"Listen:PlainAddress is '{listen.PlainAddress}', which others may reach, and without "
                    + "TLS they can read credentials and messages. "
                + "Use localhost; or, where another layer encrypts, set Listen:AllowPlainBeyondLoopback=true as well.");
        }
    }

    private static string HowToSet(Setting setting) =>
        $"Set it by --set {setting.Path}=VALUE, by the environment variable {setting.EnvironmentVariable}, or in the file.";

    private static string TypeName(Setting setting) => setting.Property.PropertyType switch
    {
        { IsEnum: true } type => $"one of {string.Join(", ", Enum.GetNames(type))}",
        { } type when type == typeof(bool) => "true or false",
        { } type when type == typeof(double) => "number",
        _ => "whole number",
    };

    // Edits between two names, ignoring case.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1;
                (row[j], diagonal) = (Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost), row[j]);
            }
        }

        return row[b.Length];
    }
}
