using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Cli;

/// <summary>What the commands find around them: terminal, environment, clock, network.</summary>
internal sealed record CliSurroundings
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required TextReader In { get; init; }

    /// <summary>Standard input as bytes; instead of <see cref="In"/>, not beside it.</summary>
    public required Func<Stream> OpenIn { get; init; }

    /// <summary>True when people read the output, false for a pipe or file.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>True when people read the error stream.</summary>
    public required bool ErrorIsTerminal { get; init; }

    public required Func<string, string?> Environment { get; init; }

    public required string WorkingDirectory { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Makes the way to the gateway. Given the roots to trust; null for the system's.</summary>
    public required Func<X509Certificate2Collection?, HttpMessageHandler> NewHandler { get; init; }

    public static CliSurroundings OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        In = Console.In,
        OpenIn = Console.OpenStandardInput,
        IsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Environment = System.Environment.GetEnvironmentVariable,
        WorkingDirectory = Directory.GetCurrentDirectory(),
        Time = TimeProvider.System,
        NewHandler = NewSocketsHandler,
    };

    /// <summary>A handler that trusts only the given roots, or the system's when null. Names are always checked.</summary>
    public static HttpMessageHandler NewSocketsHandler(X509Certificate2Collection? roots)
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), AllowAutoRedirect = false, UseCookies = false };
        if (roots is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(roots);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return handler;
    }
}
