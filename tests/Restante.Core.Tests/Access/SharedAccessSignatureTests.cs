using System.Security.Cryptography;
using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;

namespace Restante.Core.Tests.Access;

public class SharedAccessSignatureTests
{
    private const long Expiry = 1_800_000_000;

    private static readonly byte[] s_keyBytes = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly SymmetricKey s_key = SymmetricKey.FromBytes(s_keyBytes);

    // Upper-case and lower-case hex, unescaped, '+' and '%2B': whatever the client wrote is what it signed.
    [Theory]
    [InlineData("gateway.example%2Fdevices%2Ftruck-17", "gateway.example/devices/truck-17")]
    [InlineData("gateway.example%2fdevices%2ftruck-17", "gateway.example/devices/truck-17")]
    [InlineData("gateway.example/devices/truck-17", "gateway.example/devices/truck-17")]
    [InlineData("devices/a+b", "devices/a+b")]
    [InlineData("devices/a%2Bb", "devices/a+b")]
    [InlineData("devices/a%20b", "devices/a b")]
    [InlineData("100%", "100%")]
    public void The_resource_is_signed_as_it_is_written(string raw, string decoded)
    {
        SharedAccessSignature? token = SharedAccessSignature.TryParse($"SharedAccessSignature sr={raw}&sig={Sig(raw, Expiry)}&se={Expiry}");
        Assert.NotNull(token);
        Assert.Equal(decoded, token.Resource);
        Assert.Equal(Expiry, token.ExpiresAtSeconds);
        Assert.Null(token.Policy);
        Assert.True(token.IsSignedBy(s_key));
        Assert.False(token.IsSignedBy(SymmetricKey.Generate()));
    }

    [Fact]
    public void A_known_vector_holds()
    {
        // Computed with Python's hmac module: key 01 02 … 20, text "devices%2Fd\n1800000000".
        const string Known = "SharedAccessSignature sr=devices%2Fd&sig=owQF6Kr%2Fgd5deQXaDK2MyJX8PAelOu7%2B3zcWShdm9zU%3D&se=1800000000";
        string token = SharedAccessSignature.Create("devices/d", s_key, Expiry);
        Assert.Equal(Known, token);
        Assert.True(SharedAccessSignature.TryParse(token)!.IsSignedBy(s_key));
    }

    [Fact]
    public void The_signature_may_be_written_with_or_without_escapes()
    {
        // Look for a signature that holds both characters that are escaped in URLs.
        for (int i = 0; ; i++)
        {
            string raw = $"devices/d{i}";
            string plain = Uri.UnescapeDataString(Sig(raw, Expiry));
            if (!plain.Contains('+', StringComparison.Ordinal) || !plain.Contains('/', StringComparison.Ordinal))
                continue;
            foreach (string sig in new[] { plain, Uri.EscapeDataString(plain), Uri.EscapeDataString(plain).ToLowerInvariantHex() })
                Assert.True(SharedAccessSignature.TryParse($"SharedAccessSignature sr={raw}&sig={sig}&se={Expiry}")!.IsSignedBy(s_key));
            return;
        }
    }

    [Fact]
    public void Fields_come_in_any_order()
    {
        string[] fields = [$"sr=x", $"sig={Sig("x", Expiry)}", $"se={Expiry}", "skn=back%2Eend"];
        foreach (int[] order in Permutations([0, 1, 2, 3]))
        {
            SharedAccessSignature? token = SharedAccessSignature.TryParse("SharedAccessSignature " + string.Join('&', order.Select(i => fields[i])));
            Assert.NotNull(token);
            Assert.True(token.IsSignedBy(s_key));
            Assert.Equal("back.end", token.Policy);
        }
    }

    [Fact]
    public void An_empty_policy_is_none() =>
        Assert.Null(SharedAccessSignature.TryParse($"SharedAccessSignature sr=x&sig={Sig("x", Expiry)}&se={Expiry}&skn=")!.Policy);

    [Theory]
    [InlineData("")]
    [InlineData("SharedAccessSignature")]
    [InlineData("SharedAccessSignature ")]
    [InlineData("sharedaccesssignature sr=x&sig={s}&se=1")]
    [InlineData(" SharedAccessSignature sr=x&sig={s}&se=1")]
    [InlineData("SharedAccessSignature sr=x&se=1")]
    [InlineData("SharedAccessSignature sig={s}&se=1")]
    [InlineData("SharedAccessSignature sr=x&sig={s}")]
    [InlineData("SharedAccessSignature sr=x&sr=x&sig={s}&se=1")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&sig={s}&se=1")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&se=1&se=1")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&se=0&se=0")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&se=1&skn=a&skn=b")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&se=1&foo=bar")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&se=1&SE=1")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&se=1&")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&se=1&skn")]
    [InlineData("SharedAccessSignature sr=x&sig=AAAA&se=1")]
    [InlineData("SharedAccessSignature sr=x&sig=!!!&se=1")]
    [InlineData("SharedAccessSignature sr=x&sig=&se=1")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&se=")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&se=-1")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&se=+1")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&se=1.5")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&se= 1")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&se=253402300800")]
    [InlineData("SharedAccessSignature sr=x&sig={s}&se=99999999999999999999")]
    public void What_is_no_token_is_refused(string text) =>
        Assert.Null(SharedAccessSignature.TryParse(text.Replace("{s}", Sig("x", 1), StringComparison.Ordinal)));

    [Fact]
    public void A_signature_of_another_length_is_refused()
    {
        foreach (int length in new[] { 31, 33, 48, 49, 64 })
            Assert.Null(SharedAccessSignature.TryParse($"SharedAccessSignature sr=x&sig={Uri.EscapeDataString(Convert.ToBase64String(new byte[length]))}&se=1"));
    }

    [Fact]
    public void The_last_second_of_the_year_9999_is_the_latest_expiry()
    {
        SharedAccessSignature? token = SharedAccessSignature.TryParse(SharedAccessSignature.Create("x", s_key, 253_402_300_799));
        Assert.Equal(253_402_300_799, token!.ExpiresAtSeconds);
    }

    [Fact]
    public void A_token_has_a_longest_length()
    {
        string fields = $"&sig={Sig("x", 1)}&se=1";
        string head = "SharedAccessSignature sr=";
        string longest = head + new string('x', SharedAccessSignature.MaxLength - head.Length - fields.Length) + fields;
        Assert.NotNull(SharedAccessSignature.TryParse(longest));
        Assert.Null(SharedAccessSignature.TryParse(longest.Replace("sr=", "sr=x", StringComparison.Ordinal)));
    }

    [Fact]
    public void Any_change_of_resource_or_expiry_breaks_the_signature()
    {
        string token = SharedAccessSignature.Create("devices/d", s_key, Expiry);
        Assert.False(SharedAccessSignature.TryParse(token.Replace("devices%2Fd", "devices%2Fe", StringComparison.Ordinal))!.IsSignedBy(s_key));
        Assert.False(SharedAccessSignature.TryParse(token.Replace("%2F", "%2f", StringComparison.Ordinal))!.IsSignedBy(s_key));
        Assert.False(SharedAccessSignature.TryParse(token.Replace("se=18", "se=19", StringComparison.Ordinal))!.IsSignedBy(s_key));
    }

    private static string Sig(string rawResource, long expiry)
    {
        using var hmac = new HMACSHA256(s_keyBytes);
        return Uri.EscapeDataString(Convert.ToBase64String(hmac.ComputeHash(Encoding.UTF8.GetBytes(rawResource + "\n" + expiry))));
    }

    private static IEnumerable<int[]> Permutations(int[] items) => items.Length <= 1
        ? [items]
        : items.SelectMany(head => Permutations([.. items.Where(i => i != head)]).Select(tail => (int[])[head, .. tail]));
}

internal static class HexCase
{
    /// <summary>Writes the hex digits of escapes small and leaves everything else.</summary>
    public static string ToLowerInvariantHex(this string escaped) => escaped
        .Replace("%2B", "%2b", StringComparison.Ordinal)
        .Replace("%2F", "%2f", StringComparison.Ordinal)
        .Replace("%3D", "%3d", StringComparison.Ordinal);
}
