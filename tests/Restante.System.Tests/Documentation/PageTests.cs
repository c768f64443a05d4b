using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Documentation;

/// <summary>What the pages of the documentation tell the reader to type works, and shows what they say it shows.</summary>
public sealed class PageTests
{
    [Needs("mosquitto-clients", "python3-qpid-proton")]
    public Task Readme() => PageRun.RunAsync("README.md", afterQuickStart: false);

    [Needs("mosquitto-clients", "python3-qpid-proton", "curl", "jq")]
    public Task Quick_start() => PageRun.RunAsync("docs/quick-start.md", afterQuickStart: false);

    [Needs("mosquitto-clients", "python3-qpid-proton", "curl", "jq")]
    public Task Telemetry() => PageRun.RunAsync("docs/telemetry.md", afterQuickStart: true);

    [Needs("mosquitto-clients", "python3-qpid-proton", "mqtt.js", "curl", "jq")]
    public Task Commands() => PageRun.RunAsync("docs/commands.md", afterQuickStart: true);

    [Needs("mosquitto-clients", "python3-qpid-proton", "curl", "jq")]
    public Task Reports() => PageRun.RunAsync("docs/reports.md", afterQuickStart: true);

    [Needs("mosquitto-clients", "python3-qpid-proton", "curl", "jq")]
    public Task Inquiries() => PageRun.RunAsync("docs/inquiries.md", afterQuickStart: true);

    [Needs("mosquitto-clients", "python3-qpid-proton", "curl", "jq")]
    public Task Notifications() => PageRun.RunAsync("docs/notifications.md", afterQuickStart: true);

    [Needs("python3-paho-mqtt", "python3-qpid-proton", "curl", "jq")]
    public Task State() => PageRun.RunAsync("docs/state.md", afterQuickStart: true);

    [Needs("mosquitto-clients", "openssl", "curl")]
    public Task Identity() => PageRun.RunAsync("docs/identity.md", afterQuickStart: false);

    [Needs("jq")]
    public Task Secrets() => PageRun.RunAsync("docs/secrets.md", afterQuickStart: false);

    [Needs("curl")]
    public Task Audit() => PageRun.RunAsync("docs/audit.md", afterQuickStart: false);

    [Needs("mosquitto-clients", "openssl", "curl")]
    public Task Provisioning() => PageRun.RunAsync("docs/provisioning.md", afterQuickStart: false);

    [Needs("mosquitto-clients", "openssl", "curl", "jq")]
    public Task Certificates() => PageRun.RunAsync("docs/certificates.md", afterQuickStart: false);

    [Fact]
    public Task Authorisation() => PageRun.RunAsync("docs/authorisation.md", afterQuickStart: false);

    [Needs("curl", "jq")]
    public Task Bulk() => PageRun.RunAsync("docs/bulk.md", afterQuickStart: false);

    [Needs("mqtt.js", "rhea", "ws")]
    public Task Transports() => PageRun.RunAsync("docs/transports.md", afterQuickStart: true);

    [Needs("python3-qpid-proton")]
    public Task Amqp() => PageRun.RunAsync("docs/amqp.md", afterQuickStart: true);

    [Needs("mosquitto-clients", "python3-paho-mqtt")]
    public Task Mqtt() => PageRun.RunAsync("docs/mqtt.md", afterQuickStart: true);

    [Theory]
    [InlineData("a\nb\n", "a\nb\n", true)]
    [InlineData("a\nb\n", "a\n", false)]
    [InlineData("a\n", "a\nb\n", false)]
    [InlineData("id …, done\n", "id 17, done  \n", true)]
    [InlineData("id …, done\n", "id 17,\n done\n", false)]
    [InlineData("…\nlast\n", "one\ntwo\nlast\n", true)]
    [InlineData("…\nlast\n", "one\nlast\ntwo\n", false)]
    [InlineData("{\"a\":[…]}\n", "{\"a\":[1.5]}\n", true)]
    [InlineData("1.5\n", "1x5\n", false)]
    public void What_is_shown_is_told_from_what_is_not(string shown, string output, bool expected) =>
        Assert.Equal(expected, Page.IsShown(shown, output));
}
