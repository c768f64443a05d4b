using Microsoft.Extensions.Logging;
using Restante.Net.Certificates;
using Restante.Server.Configuration;

namespace Restante.Server.Hosting;

/// <summary>Says in the log, at the start, after each reload and once a day, which server certificates are about to end.</summary>
internal sealed class CertificateWatch(ServerCertificates certificates, CertificateOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromDays(1);

    /// <summary>Works until it is cancelled.</summary>
    /// <param name="renew">Is called before each look but the first; renews what the gateway can renew itself.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task RunAsync(Action renew, CancellationToken cancellation)
    {
        Look();
        try
        {
            using var timer = new PeriodicTimer(s_interval, time);
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                renew();
                Look();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    /// <summary>Warns of what is about to end, or has ended.</summary>
    public void Look()
    {
        foreach (ServerCertificate certificate in certificates.All)
        {
            TimeSpan left = certificate.NotAfter - time.GetUtcNow();
            if (left <= TimeSpan.Zero)
                Log.CertificateExpired(logger, certificate.File, certificate.NotAfter);
            else if (left < TimeSpan.FromDays(options.WarnDays))
                Log.CertificateEnds(logger, certificate.File, certificate.NotAfter, (int)left.TotalDays);
        }
    }
}
