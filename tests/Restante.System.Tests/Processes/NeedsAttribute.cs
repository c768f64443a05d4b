using System.Collections.Concurrent;

namespace Restante.System.Tests.Processes;

/// <summary>A test that needs clients nobody here wrote. Where one is not installed the test is reported as skipped.</summary>
public sealed class NeedsAttribute : FactAttribute
{
    private static readonly Dictionary<string, Func<bool>> s_clients = new()
    {
        ["python3-qpid-proton"] = () => Tool.Works(Tool.Python, "-c", "import proton"),
        ["python3-paho-mqtt"] = () => Tool.Works(Tool.Python, "-c", "import paho.mqtt.client"),
        ["mosquitto-clients"] = () => File.Exists("/usr/bin/mosquitto_pub"),
        ["rhea"] = () => Directory.Exists(Path.Combine(Tool.Sources, "node", "node_modules", "rhea")) && Tool.Works("node", "--version"),
        ["mqtt.js"] = () => Directory.Exists(Path.Combine(Tool.Sources, "node", "node_modules", "mqtt")) && Tool.Works("node", "--version"),
        ["ws"] = () => Directory.Exists(Path.Combine(Tool.Sources, "node", "node_modules", "ws")) && Tool.Works("node", "--version"),
        ["chromium"] = () => File.Exists("/usr/bin/chromium")
            && Directory.Exists(Path.Combine(Tool.Sources, "node", "node_modules", "playwright-core")) && Tool.Works("node", "--version"),
        ["curl"] = () => Tool.Works("curl", "--version"),
        ["openssl"] = () => Tool.Works("openssl", "version"),
        ["jq"] = () => Tool.Works("jq", "--version"),
    };

    // Every test that needs one asks; looking starts a process.
    private static readonly ConcurrentDictionary<string, bool> s_found = new();

    public NeedsAttribute(params string[] clients)
    {
        string? missing = clients.FirstOrDefault(client => !s_found.GetOrAdd(client, static c => s_clients[c]()));
        if (missing is not null)
            Skip = $"{missing} is not installed; .ci/run installs it.";
    }
}
