using System.Security.Cryptography;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>What the sealer hides, what it binds it to, and what a key ring may look like.</summary>
public sealed class SecretSealerTests
{
    private const string Purpose = "device.primary_credential";

    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(33);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(5_000)]
    public void What_was_sealed_opens_again(int length)
    {
        var sealer = new SecretSealer(MasterKeyRing.Generate());
        byte[] secret = RandomNumberGenerator.GetBytes(length);
        byte[] hidden = sealer.Seal(Purpose, "d", secret);
        Assert.Equal(SecretSealer.Overhead + length, hidden.Length);
        Assert.True(SecretSealer.IsSealed(hidden));
        Assert.Equal(secret, sealer.Open(Purpose, "d", hidden));
    }

    [Fact]
    public void The_same_secret_never_looks_the_same_and_is_not_to_be_seen()
    {
        var sealer = new SecretSealer(MasterKeyRing.Generate());
        byte[] one = sealer.Seal(Purpose, "d", _secret);
        byte[] other = sealer.Seal(Purpose, "d", _secret);
        Assert.NotEqual(one, other);
        Assert.Equal(-1, one.AsSpan().IndexOf(_secret.AsSpan(0, 8)));
    }

    [Theory]
    [InlineData("device.secondary_credential", "d")]
    [InlineData("policy.primary_credential", "d")]
    [InlineData(Purpose, "e")]
    [InlineData(Purpose, "")]
    [InlineData("device.primary", "_credential\0d")]
    public void It_opens_nowhere_else(string purpose, string identity)
    {
        var sealer = new SecretSealer(MasterKeyRing.Generate());
        byte[] hidden = sealer.Seal(Purpose, "d", _secret);
        Assert.Throws<InvalidDataException>(() => sealer.Open(purpose, identity, hidden));
    }

    [Fact]
    public void A_row_with_a_long_name_is_bound_to_all_of_it()
    {
        var sealer = new SecretSealer(MasterKeyRing.Generate());
        string name = new('n', 2_000);
        byte[] hidden = sealer.Seal(Purpose, name + "1", _secret);
        Assert.Equal(_secret, sealer.Open(Purpose, name + "1", hidden));
        Assert.Throws<InvalidDataException>(() => sealer.Open(Purpose, name + "2", hidden));
    }

    [Fact]
    public void Every_flipped_bit_and_every_cut_is_noticed()
    {
        var sealer = new SecretSealer(MasterKeyRing.Generate());
        byte[] hidden = sealer.Seal(Purpose, "d", _secret);
        for (int bit = 0; bit < hidden.Length * 8; bit++)
        {
            byte[] changed = [.. hidden];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<InvalidDataException>(() => sealer.Open(Purpose, "d", changed));
        }

        for (int length = 0; length < hidden.Length; length++)
            Assert.Throws<InvalidDataException>(() => sealer.Open(Purpose, "d", hidden.AsSpan(0, length)));
    }

    [Fact]
    public void Old_keys_open_and_the_first_seals()
    {
        MasterKeyRing before = MasterKeyRing.Generate();
        var sealer = new SecretSealer(before);
        byte[] old = sealer.Seal(Purpose, "d", _secret);
        Assert.False(sealer.IsOld(old));
        sealer.Ring = before.Rotated();
        Assert.True(sealer.IsOld(old));
        Assert.Equal(_secret, sealer.Open(Purpose, "d", old));
        byte[] fresh = sealer.Seal(Purpose, "d", _secret);
        Assert.False(sealer.IsOld(fresh));
        sealer.Ring = before;
        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => sealer.Open(Purpose, "d", fresh));
        Assert.DoesNotContain(Convert.ToBase64String(_secret), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ring_is_read_as_it_was_written()
    {
        MasterKeyRing ring = MasterKeyRing.Generate().Rotated();
        MasterKeyRing read = MasterKeyRing.Parse(ring.Reveal());
        Assert.Equal(ring.Keys.Select(key => key.Id), read.Keys.Select(key => key.Id));
        Assert.Equal(ring.Current.Id, MasterKeyRing.Parse(" \r\n" + ring.Reveal().ReplaceLineEndings(" ")).Current.Id);
        Assert.Equal([ring.Current.Id], ring.Only([]).Keys.Select(key => key.Id));
        Assert.Equal([ring.Current.Id, ring.Keys[1].Id], ring.Only([ring.Keys[1].Id]).Keys.Select(key => key.Id));
        Assert.DoesNotContain(ring.Current.Reveal(), ring.ToString() + ring.Current, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_ring_is_refused_without_being_repeated()
    {
        string key = MasterKey.Generate().Reveal();
        string tooMany = string.Concat(Enumerable.Range(0, MasterKeyRing.MaxKeys + 1).Select(_ => MasterKey.Generate().Reveal() + "\n"));
        foreach (string text in new[] { "", "\n \n", "secret", key[..^4], key + key, $"{key}\nsecret", $"{key}\n{key}", tooMany })
        {
            FormatException refusal = Assert.Throws<FormatException>(() => MasterKeyRing.Parse(text));
            Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(key, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_full_ring_is_not_rotated()
    {
        MasterKeyRing ring = MasterKeyRing.Generate();
        for (int i = 1; i < MasterKeyRing.MaxKeys; i++)
            ring = ring.Rotated();
        Assert.Throws<InvalidOperationException>(ring.Rotated);
    }

    [Fact]
    public async Task Many_threads_seal_and_open_at_once()
    {
        var sealer = new SecretSealer(MasterKeyRing.Generate());
        await Parallel.ForAsync(0, 200, (i, _) =>
        {
            string identity = $"d-{i}";
            for (int round = 0; round < 50; round++)
                Assert.Equal(_secret, sealer.Open(Purpose, identity, sealer.Seal(Purpose, identity, _secret)));
            return ValueTask.CompletedTask;
        });
    }
}
