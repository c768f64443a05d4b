using System.Buffers.Binary;
using System.Net.Security;
using Restante.System.Tests.Processes;
using static Restante.System.Tests.Abuse.Http2Bytes;

namespace Restante.System.Tests.Abuse;

/// <summary>A client that speaks HTTP/2 frame by frame, as badly as it is told to.</summary>
internal sealed class Http2Script(Wire wire) : IAsyncDisposable
{
    /// <summary>The connection.</summary>
    public Wire Wire { get; } = wire;

    /// <summary>Connects and says the preface.</summary>
    public static async Task<Http2Script> ConnectAsync(GatewayProcess gateway, int receiveBuffer = 0)
    {
        Wire wire = await Wire.ConnectTlsAsync(gateway.HttpsPort, receiveBuffer, SslApplicationProtocol.Http2);
        await wire.SendAsync(Preface);
        return new Http2Script(wire);
    }

    /// <summary>The next frame; null where the gateway has ended the connection.</summary>
    public async Task<(byte Type, byte Flags, int Stream, byte[] Payload)?> ReadAsync()
    {
        if (await Wire.ReadAsync(9) is not { } head)
            return null;
        int length = (head[0] << 16) | (head[1] << 8) | head[2];
        byte[]? payload = length == 0 ? [] : await Wire.ReadAsync(length);
        return payload is null ? null : (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), payload);
    }

    /// <summary>Sends what a function makes of 0, 1, 2 … until the gateway ends the connection; reads nothing.</summary>
    public async Task SendUntilEndAsync(Func<int, byte[]> make)
    {
        using var patience = new CancellationTokenSource(Wire.Patience);
        try
        {
            for (int i = 0; ; i++)
            {
                patience.Token.ThrowIfCancellationRequested();
                await Wire.SendAsync(make(i));
            }
        }
        catch (IOException)
        {
            // The gateway has hung up.
        }
    }

    public ValueTask DisposeAsync() => Wire.DisposeAsync();
}
