using System.Diagnostics;

namespace Restante.System.Tests.Processes;

/// <summary>A program that is not ours, run to its end.</summary>
public static class Tool
{
    private const int PatienceSeconds = 90;

    /// <summary>The Python that has Debian's packages.</summary>
    public const string Python = "/usr/bin/python3";

    /// <summary>Runs it and returns its exit code and output, both streams together.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(PatienceSeconds));
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            return (-1, $"not done after {PatienceSeconds} seconds\n" + await output + await error);
        }

        return (process.ExitCode, await output + await error);
    }

    /// <summary>
    /// Runs a script of these tests against a gateway and expects it to end well; on one port for all protocols, if one is given.
    /// </summary>
    public static async Task RunScriptAsync(
        string program,
        string script,
        GatewayProcess gateway,
        string device,
        string key,
        int? port = null,
        IReadOnlyDictionary<string, string>? further = null)
    {
        var environment = new Dictionary<string, string>
        {
            ["RESTANTE_CA"] = gateway.CaFile,
            ["RESTANTE_AMQP_PORT"] = (port ?? gateway.AmqpPort).ToString(global::System.Globalization.CultureInfo.InvariantCulture),
            ["RESTANTE_MQTT_PORT"] = (port ?? gateway.MqttPort).ToString(global::System.Globalization.CultureInfo.InvariantCulture),
            ["RESTANTE_HTTPS_PORT"] = (port ?? gateway.HttpsPort).ToString(global::System.Globalization.CultureInfo.InvariantCulture),
            ["RESTANTE_ADMIN_KEY"] = gateway.AdminKey,
            ["RESTANTE_DEVICE"] = device,
            ["RESTANTE_DEVICE_KEY"] = key,
        };
        foreach ((string name, string value) in further ?? new Dictionary<string, string>())
            environment[name] = value;
        (int exit, string output) = await RunAsync(program, [Path.Combine(Sources, script)], environment);
        Assert.True(exit == 0, $"{script} ended with {exit}:\n{output}\n--- the gateway says:\n{gateway.Output}");
    }

    /// <summary>True when a command ends well; how a tool's presence is found out.</summary>
    public static bool Works(string program, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
            using Process process = Process.Start(start)!;
            process.StandardOutput.ReadToEnd();
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (global::System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>The folder of this project in the working copy, where the scripts are.</summary>
    public static string Sources { get; } = FindSources();

    private static string FindSources()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !File.Exists(Path.Combine(at, "Restante.slnx")))
            at = Path.GetDirectoryName(at);
        return Path.Combine(at ?? throw new InvalidOperationException("The tests run outside a working copy."), "tests", "Restante.System.Tests");
    }
}
