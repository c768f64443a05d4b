using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Restante.Heads.Amqp.Tests.Peers;

/// <summary>Frames written by hand, and a bare socket to send them on.</summary>
internal static class Wire
{
    public static ReadOnlySpan<byte> SaslHeader => "AMQP\x03\x01\x00\x00"u8;

    public static ReadOnlySpan<byte> AmqpHeader => "AMQP\x00\x01\x00\x00"u8;

    /// <summary>A transfer on channel 0, whole in one frame.</summary>
    public static byte[] Transfer(byte handle, byte delivery, bool settled, ReadOnlySpan<byte> payload) =>
        Frame(0, [0x00, 0x53, 0x14, 0xc0, 0x0a, 0x05, 0x52, handle, 0x52, delivery, 0xa0, 0x01, delivery, 0x43, settled ? (byte)0x41 : (byte)0x42, .. payload]);

    /// <summary>SASL init with PLAIN.</summary>
    public static byte[] Plain(string authorization, string user, string password)
    {
        byte[] response = Encoding.UTF8.GetBytes($"{authorization}\0{user}\0{password}");
        byte[] items = [0xa3, 0x05, .. "PLAIN"u8, 0xa0, (byte)response.Length, .. response];
        return Frame(1, [0x00, 0x53, 0x41, 0xc0, (byte)(items.Length + 1), 0x02, .. items]);
    }

    public static byte[] Open(string containerId) => Performative(0x10, 1, [0xa1, (byte)containerId.Length, .. Encoding.ASCII.GetBytes(containerId)]);

    /// <summary>Begin with windows of 255 and 2048 transfers.</summary>
    public static byte[] Begin() => Performative(0x11, 4, [0x40, 0x43, 0x52, 0xff, 0x70, 0, 0, 8, 0]);

    /// <summary>Attaches a receiver with handle 0.</summary>
    public static byte[] AttachReceiver(string name, string address)
    {
        byte[] source = Described(0x28, 1, [0xa1, (byte)address.Length, .. Encoding.ASCII.GetBytes(address)]);
        return Performative(0x12, 6, [0xa1, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), 0x43, 0x41, 0x40, 0x40, .. source]);
    }

    /// <summary>Credit for the link with handle 0.</summary>
    public static byte[] Credit(byte credit) => Performative(0x13, 7, [0x43, 0x52, 0xff, 0x43, 0x52, 0xff, 0x43, 0x43, 0x52, credit]);

    /// <summary>Sends bytes and returns everything that comes until the gateway hangs up.</summary>
    public static async Task<byte[]> ExchangeAsync(int port, byte[] bytes)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        await socket.SendAsync(bytes);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var all = new MemoryStream();
        byte[] buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, patience.Token) is int count and > 0)
            all.Write(buffer, 0, count);
        return all.ToArray();
    }

    private static byte[] Performative(byte code, byte count, byte[] items) => Frame(0, Described(code, count, items));

    private static byte[] Described(byte code, byte count, byte[] items) => [0x00, 0x53, code, 0xc0, (byte)(items.Length + 1), count, .. items];

    private static byte[] Frame(byte type, byte[] body)
    {
        byte[] frame = [0, 0, 0, 0, 2, type, 0, 0, .. body];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length);
        return frame;
    }
}
