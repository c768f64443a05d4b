using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>A gateway whose limits are soon reached.</summary>
public sealed class RefusalFixture : IAsyncLifetime
{
    /// <summary>Messages that a mailbox holds.</summary>
    public const int Depth = 2;

    /// <summary>Inquiries that a device may have open.</summary>
    public const int OpenInquiries = 2;

    /// <summary>Reports that are taken on a command.</summary>
    public const int Reports = 2;

    /// <summary>Bytes of the largest message.</summary>
    public const int MessageBytes = 4_096;

    /// <summary>Acts of a policy with a scope in a day.</summary>
    public const int Acts = 1;

    /// <summary>Wrong credentials for one name, after which all are refused.</summary>
    public const int WrongCredentials = 3;

    public GatewayProcess Gateway { get; private set; } = null!;

    internal Scene.PolicyKeys Keys { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Gateway = await GatewayProcess.StartAsync(
            "--set", $"Mailboxes:MaxDepth={Depth}",
            "--set", $"Limits:MaxOpenInquiriesPerDevice={OpenInquiries}",
            "--set", $"Limits:MaxReportsPerCommand={Reports}",
            "--set", $"Limits:MaxMessageBytes={MessageBytes}",
            "--set", "Limits:MaxStateBytes=1024",
            "--set", $"Limits:MaxAuthenticationFailuresPerMinute={WrongCredentials}",
            "--set", $"Limits:MaxActsPerDayPerScopedPolicy={Acts}",
            "--set", "Limits:AuthenticationWaitMs=60000",
            "--set", "Log:Level=Warning");
        Keys = await Scene.CreatePoliciesAsync(Gateway);
    }

    public async Task DisposeAsync() => await Gateway.DisposeAsync();
}
