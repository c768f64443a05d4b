using System.Buffers.Binary;
using System.Net.Security;
using System.Security.Authentication;
using Restante.Net.Handshakes;

namespace Restante.Net.Tests;

/// <summary>What is read of a client's first message, however it comes and whatever is in it.</summary>
public sealed class ClientHelloTests
{
    private const int Rounds = 20_000;

    [Fact]
    public async Task A_client_of_today_takes_ecdsa_on_all_curves()
    {
        ClientHello hello = Read(await HelloAsync(SslProtocols.Tls12 | SslProtocols.Tls13));
        Assert.True(hello.OffersTls13);
        Assert.True(hello.TakesEcdsa(256) && hello.TakesEcdsa(384) && hello.TakesEcdsa(521));
        Assert.False(hello.TakesEcdsa(0));
        ClientHello older = Read(await HelloAsync(SslProtocols.Tls12));
        Assert.False(older.OffersTls13);
        Assert.True(older.TakesEcdsa(256));
    }

    [Fact]
    public async Task A_client_without_ecdsa_suites_takes_rsa_only()
    {
        byte[] bytes = await HelloAsync(SslProtocols.Tls12, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256);
        Assert.False(Read(bytes).TakesEcdsa(256));
        bytes = await HelloAsync(SslProtocols.Tls12, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256);
        Assert.True(Read(bytes).TakesEcdsa(256));
    }

    [Theory]
    [InlineData(true, false, new ushort[] { 0x0403 }, null, 256, true)]
    [InlineData(true, false, new ushort[] { 0x0403 }, null, 384, false)]
    [InlineData(true, false, new ushort[] { 0x0804, 0x0503 }, null, 384, true)]
    [InlineData(true, true, null, null, 256, false)]
    [InlineData(false, true, new ushort[] { 0x0503 }, new ushort[] { 23 }, 256, true)]
    [InlineData(false, true, new ushort[] { 0x0203 }, new ushort[] { 23 }, 256, false)]
    [InlineData(false, true, new ushort[] { 0x0403 }, new ushort[] { 24 }, 256, false)]
    [InlineData(false, true, new ushort[] { 0x0403 }, null, 256, true)]
    [InlineData(false, false, new ushort[] { 0x0403 }, new ushort[] { 23 }, 256, false)]
    public void What_a_client_says_decides(bool tls13, bool suite, ushort[]? schemes, ushort[]? groups, int bits, bool takes) =>
        Assert.Equal(takes, new ClientHello(tls13, suite, schemes, groups).TakesEcdsa(bits));

    [Fact]
    public async Task Nothing_is_said_of_a_part_and_the_same_of_one_in_many_records()
    {
        byte[] bytes = await HelloAsync(SslProtocols.Tls13);
        for (int length = 0; length < bytes.Length; length++)
            Assert.False(ClientHelloReader.TryRead(bytes.AsSpan(0, length), out _));
        byte[] message = bytes[5..];
        byte[] divided = [.. Record(message[..1]), .. Record(message[1..100]), .. Record(message[100..])];
        Assert.True(Read(divided).TakesEcdsa(256));
        Assert.Null(ReadAny([.. Record(message[..1]), .. Record(message[1..2]), .. Record(message[2..3]), .. Record(message[3..4])]));
    }

    [Fact]
    public void What_is_no_first_message_is_told_at_once()
    {
        Assert.Null(ReadAny("GET / HTTP/1.1"u8.ToArray()));
        Assert.Null(ReadAny([22, 3, 1, 0, 0]));
        Assert.Null(ReadAny([22, 3, 1, 0xFF, 0xFF]));
        Assert.Null(ReadAny(Record([2, 0, 0, 1, 0])));
        Assert.Null(ReadAny(Record([1, 0xFF, 0xFF, 0xFF])));
        Assert.Null(ReadAny(Record([1, 0, 0, 3, 3, 3, 0])));
    }

    [Fact]
    public async Task Whatever_is_changed_in_it_something_is_read_or_nothing()
    {
        byte[] good = await HelloAsync(SslProtocols.Tls12 | SslProtocols.Tls13);
        var random = new Random(4711);
        int understood = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = [.. good];
            for (int changes = random.Next(1, 5); changes > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0)
                bytes = bytes[..random.Next(bytes.Length)];
            if (ClientHelloReader.TryRead(bytes, out ClientHello? hello) && hello is { } said && (said.TakesEcdsa(256) || said.OffersTls13))
                understood++;
        }

        Assert.InRange(understood, 1, Rounds);
    }

    private static ClientHello Read(byte[] bytes) => Assert.NotNull(ReadAny(bytes));

    private static ClientHello? ReadAny(byte[] bytes)
    {
        Assert.True(ClientHelloReader.TryRead(bytes, out ClientHello? hello));
        return hello;
    }

    private static byte[] Record(byte[] content)
    {
        byte[] record = [22, 3, 1, 0, 0, .. content];
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(3), (ushort)content.Length);
        return record;
    }

    // The bytes that the platform's own client begins with.
    private static async Task<byte[]> HelloAsync(SslProtocols protocols, params TlsCipherSuite[] suites)
    {
        using var wire = new MemoryStream();
        await using var client = new SslStream(new OneWay(wire));
        var options = new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = protocols };
#pragma warning disable CA1416 // The tests run on Linux.
        if (suites.Length > 0)
            options.CipherSuitesPolicy = new CipherSuitesPolicy(suites);
#pragma warning restore CA1416
        await Assert.ThrowsAnyAsync<Exception>(() => client.AuthenticateAsClientAsync(options));
        return wire.ToArray();
    }

    /// <summary>Keeps what is written, and is at its end when read.</summary>
    private sealed class OneWay(Stream written) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => written.Write(buffer, offset, count);
    }
}
