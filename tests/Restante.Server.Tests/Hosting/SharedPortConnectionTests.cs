using System.Net.Security;
using System.Net.Sockets;
using Restante.Net;
using Restante.Net.Certificates;
using Restante.Server.Hosting.SharedPorts;

namespace Restante.Server.Tests.Hosting;

/// <summary>An HTTP connection of a shared port, in the place of Kestrel.</summary>
public sealed class SharedPortConnectionTests
{
    private const int ClosedFault = 7009;

    [Fact]
    public async Task A_fault_of_what_hangs_on_the_end_is_logged_and_no_more()
    {
        string folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
        DevelopmentCertificateFiles files = DevelopmentCertificates.Ensure(folder, []);
        using var logs = new RecordingLogs();
        var handed = new TaskCompletionSource<SharedPortConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (var network = new NetworkHost())
        {
            Listener listener = network.Listen(
                new ListenerOptions
                {
                    Protocol = "https",
                    Address = "localhost",
                    Tls = new TlsServerOptions
                    {
                        Certificates = ServerCertificates.Load([(files.ServerCertificatePath, files.ServerKeyPath)], TimeProvider.System),
                    },
                },
                [
                    new ProtocolBranch
                    {
                        Protocol = "https",
                        AlpnProtocols = ["http/1.1"],
                        StreamHandler = stream => handed.SetResult(SharedPortConnection.Start(stream, logs)),
                    },
                ]);
            using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
            {
                await socket.ConnectAsync(listener.LocalEndPoint);
#pragma warning disable CA5359 // The server is the one of this test.
                await using var client = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false, static (_, _, _, _) => true);
#pragma warning restore CA5359
                await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                });
                SharedPortConnection connection = await handed.Task.WaitAsync(TimeSpan.FromSeconds(60));
                connection.ConnectionClosed.Register(static () => throw new InvalidOperationException("of somebody else"));
            }

            await logs.Written(ClosedFault); // On a thread where nothing else would have caught it.
            await (await handed.Task).DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }
}
