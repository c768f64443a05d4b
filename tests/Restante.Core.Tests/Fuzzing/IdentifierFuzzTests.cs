using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Storage.Conformance.Fuzzing;

namespace Restante.Core.Tests.Fuzzing;

/// <summary>Ids, tokens and keys as peers write them: one text for one thing, and nothing but yes or no.</summary>
public sealed class IdentifierFuzzTests
{
    private static readonly SymmetricKey s_key = SymmetricKey.FromBytes(new byte[SymmetricKey.LengthBytes]);

    private static readonly string[] s_words =
        ["0", "00", "-", "9223372036854775807", "2147483648", " ", "\0", "\n", "+", "%", "%00", "%zz", "&", "&sr=", "&se=1", "=", "/",
            "..", "é", "\ud800", "٣", "://"];

    private static readonly string[] s_ids =
        ["truck-17", "1", "42-3", "9223372036854775807", "17-2147483647", "a.b_c:d@e=f~g", new('x', 128), ""];

    private static readonly string[] s_tokens =
    [
        SharedAccessSignature.Create("gateway.example/devices/truck-17", s_key, 1_800_000_000),
        SharedAccessSignature.Create("https://gateway.example", s_key, 253_402_300_799, "operators"),
        SharedAccessSignature.Create("é/ü", s_key, 0, "é"),
    ];

    [Fact]
    public void An_id_has_one_text() => FuzzRounds.Run(
        FuzzRounds.Of(5_000),
        random => Damage.Text(random, s_ids[random.Next(s_ids.Length)], s_words),
        text =>
        {
            if (DeviceId.TryParse(text, out DeviceId device))
                Assert.Equal((text, true), (device.ToString(), text.Length <= DeviceId.MaxLength && text.All(char.IsAscii)));
            if (Sequence.TryParse(text, out Sequence sequence))
                Assert.Equal((text, true), (sequence.ToString(), sequence.Value > 0));
            if (LeaseId.TryParse(text, out LeaseId lease))
                Assert.Equal((text, true), (lease.ToString(), lease.DeliveryCount > 0));
            if (InquiryNumber.TryParse(text, out InquiryNumber number))
                Assert.Equal((text, true), (number.ToString(), number.Value > 0));
            if (SymmetricKey.TryParse(text, out SymmetricKey? key))
                Assert.Equal(SymmetricKey.LengthBytes, key.Bytes.Length);
            if (CertificateThumbprint.TryParse(text, out CertificateThumbprint? thumbprint))
                Assert.Equal(64, thumbprint.ToString().Length);
        },
        maxBytes: 64 * 1024);

    [Fact]
    public void A_token_is_read_or_not_and_proves_only_what_was_signed() => FuzzRounds.Run(
        FuzzRounds.Of(5_000),
        random => Damage.Text(random, s_tokens[random.Next(s_tokens.Length)], s_words),
        text =>
        {
            if (SharedAccessSignature.TryParse(text) is not SharedAccessSignature token)
                return;
            Assert.InRange(token.ExpiresAtSeconds, 0, 253_402_300_799);
            Assert.DoesNotContain(text[^8..], token.ToString(), StringComparison.Ordinal);
            string? scope = TokenScope.Of(token.Resource);
            Assert.True(TokenScope.Covers(scope, scope ?? "anything"));
            if (token.IsSignedBy(s_key))
                Assert.Contains(s_tokens, t => SharedAccessSignature.TryParse(t) is { } good && good.Resource == token.Resource
                    && good.ExpiresAtSeconds == token.ExpiresAtSeconds);
        },
        maxBytes: 64 * 1024);
}
