using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Restante.Net.Loop;

/// <summary>An IP end point in 24 bytes and no objects. IPv4 is kept in its IPv6-mapped form.</summary>
internal readonly struct PeerAddress
{
    private readonly UInt128 _address;
    private readonly ushort _port;
    private readonly bool _known;

    public PeerAddress(EndPoint? endPoint)
    {
        if (endPoint is not IPEndPoint ip)
            return;
        Span<byte> bytes = stackalloc byte[16];
        IPAddress address = ip.Address.AddressFamily == AddressFamily.InterNetwork ? ip.Address.MapToIPv6() : ip.Address;
        address.TryWriteBytes(bytes, out _);
        _address = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        _port = (ushort)ip.Port;
        _known = true;
    }

    public IPEndPoint? ToEndPoint()
    {
        if (!_known)
            return null;
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _address);
        IPAddress address = new(bytes);
        return new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, _port);
    }
}
