using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Restante.Net.Certificates;

namespace Restante.Server.Hosting;

/// <summary>
/// Stands before TLS on Kestrel's own port: looks at what a peer sends first, without taking it, and notes the certificate for it among the
/// connection's features.
/// </summary>
internal sealed class CertificateChoice(ConnectionDelegate next, ServerCertificates certificates, TimeSpan timeout)
{
    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        if (certificates.HasChoice && !await TryChooseAsync(connection))
            return;
        await next(connection);
    }

    private async Task<bool> TryChooseAsync(ConnectionContext connection)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        late.CancelAfter(timeout);
        PipeReader input = connection.Transport.Input;
        try
        {
            while (true)
            {
                ReadResult read = await input.ReadAsync(late.Token);
                if (certificates.TryChoose(First(read.Buffer), out ServerCertificate chosen) || read.IsCompleted)
                {
                    connection.Features.Set(chosen);
                    input.AdvanceTo(read.Buffer.Start);
                    return true;
                }

                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            connection.Abort(); // It has gone, or has said too little for too long.
            return false;
        }
    }

    private static ReadOnlySpan<byte> First(ReadOnlySequence<byte> bytes) => bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray();
}
