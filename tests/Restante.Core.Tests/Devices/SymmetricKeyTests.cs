using Restante.Core.Access;
using Restante.Core.Devices;

namespace Restante.Core.Tests.Devices;

public class SymmetricKeyTests
{
    [Fact]
    public void A_key_is_never_shown_by_what_could_be_logged()
    {
        SymmetricKey key = SymmetricKey.Generate();
        string secret = key.Reveal();
        var device = new DeviceRecord
        {
            Id = DeviceId.Parse("d"),
            Number = new DeviceNumber(1),
            Status = DeviceStatus.Enabled,
            Primary = key,
            Secondary = key,
            CreatedAtMs = 0,
            ChangedAtMs = 0,
            Version = 1,
        };
        string token = SharedAccessSignature.Create("devices/d", key, 4_000_000_000);
        object[] shown =
        [
            key,
            device,
            new PolicyRecord("p", Rights.Send, key, key, 0),
            new AuthenticationAttempt("d", secret, null),
            new AuthenticationAttempt("d", token, null),
            SharedAccessSignature.TryParse(token)!,
        ];
        string signature = token[(token.IndexOf("sig=", StringComparison.Ordinal) + 4)..token.IndexOf("&se=", StringComparison.Ordinal)];
        Assert.All(shown, o =>
        {
            Assert.DoesNotContain(secret, o.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(signature, o.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(Uri.UnescapeDataString(signature), o.ToString(), StringComparison.Ordinal);
        });
        Assert.Equal(SymmetricKey.Generate().GetHashCode(), key.GetHashCode());
    }

    [Fact]
    public void A_key_survives_its_text_form()
    {
        SymmetricKey key = SymmetricKey.Generate();
        Assert.True(SymmetricKey.TryParse(key.Reveal(), out SymmetricKey? back));
        Assert.Equal(key, back);
        Assert.NotEqual(key, SymmetricKey.Generate());
        Assert.False(key.Equals(null));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(35)]
    [InlineData(36)]
    [InlineData(64)]
    [InlineData(5_000)]
    public void Only_32_bytes_make_a_key(int length)
    {
        Assert.False(SymmetricKey.TryParse(Convert.ToBase64String(new byte[length]), out SymmetricKey? key));
        Assert.Null(key);
        Assert.Throws<ArgumentException>(() => SymmetricKey.FromBytes(new byte[length]));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("not base64 at all!")]
    [InlineData("AAAA=AAA")]
    public void Text_that_is_no_base64_is_no_key(string? text) => Assert.False(SymmetricKey.TryParse(text, out _));

    [Fact]
    public void A_key_keeps_its_own_copy_of_its_bytes()
    {
        byte[] bytes = new byte[32];
        SymmetricKey key = SymmetricKey.FromBytes(bytes);
        bytes[0] = 1;
        Assert.Equal(0, key.Bytes[0]);
    }
}
