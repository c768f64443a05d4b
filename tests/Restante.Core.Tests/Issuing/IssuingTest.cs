using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Access;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Issuing;

/// <summary>What tests of issued certificates share: short words for a device that asks for one.</summary>
public abstract class IssuingTest : CertificateTest
{
    private int _asked;

    private protected static ServicePrincipal Operator { get; } =
        new(PolicyNames.Administrator, Rights.Admin, CredentialSlot.Primary, long.MaxValue);

    /// <summary>A signing request of a key on P-256, in DER.</summary>
    private protected static byte[] Request(string subject = "CN=whoever", ECDsa? key = null, HashAlgorithmName? hash = null)
    {
        using ECDsa made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest(subject, key ?? made, hash ?? HashAlgorithmName.SHA256).CreateSigningRequest();
    }

    /// <summary>A device with two keys.</summary>
    private protected async Task<DeviceRecord> KeyedAsync(string id) => Ok(await Gateway.Devices.CreateAsync(id));

    /// <summary>The device as it connects with one of its keys.</summary>
    private protected async Task<DevicePrincipal> ByKeyAsync(DeviceRecord device, CredentialSlot slot = CredentialSlot.Primary)
    {
        var key = (SymmetricKey)(slot == CredentialSlot.Primary ? device.Primary : device.Secondary);
        return await ByPasswordAsync(device.Id.Value, key.Reveal());
    }

    private protected async Task<DevicePrincipal> ByPasswordAsync(string id, string password) =>
        (DevicePrincipal)Ok(await Gateway.Authenticator.AuthenticateAsync(new AuthenticationAttempt(id, password, null)));

    private protected async Task<DevicePrincipal> ByCertificateAsync(byte[] leaf) => (DevicePrincipal)Ok(await TryAsync(leaf));

    private protected ValueTask<Result<AskedInquiry>> AskAsync(DevicePrincipal device, string subject, byte[] body, string? id = null) =>
        Gateway.Inquiries.AskAsync(
            device, subject, id ?? $"q-{++_asked}", new MessageContent { Body = body }.Encode(), null, onlyIfHandled: true);

    /// <summary>Asks, and returns the answer in the mailbox.</summary>
    private protected async Task<MessageContent> AnswerAsync(DevicePrincipal device, string subject, byte[] body)
    {
        AskedInquiry asked = Ok(await AskAsync(device, subject, body));
        Assert.Equal(InquiryOutcome.Answered, asked.Inquiry.Outcome);
        MessageContent answer = MessageContent.Decode((await MailAsync(device))[^1].Content);
        Assert.Equal(asked.Inquiry.Id, answer.CorrelationId);
        return answer;
    }

    private protected ValueTask<IReadOnlyList<BrowsedMessage>> MailAsync(DevicePrincipal device) =>
        Test.Memory.Mailboxes.BrowseAsync(device.Number, default, 100, Test.NowMs);

    /// <summary>Asks for a certificate, and returns it with that of its issuer.</summary>
    private protected async Task<(byte[] Leaf, byte[] Issuer)> CertificateAsync(DevicePrincipal device, byte[]? request = null)
    {
        MessageContent answer = await AnswerAsync(device, "$certificate", request ?? Request());
        Assert.Equal((BodyKind.Text, "application/pem-certificate-chain"), (answer.BodyKind, answer.ContentType));
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(Encoding.ASCII.GetString(answer.Body.Span));
        Assert.Equal(2, chain.Count);
        return (chain[0].RawData, chain[1].RawData);
    }

    private protected async Task<DeviceRecord> FoundAsync(string id) => Ok(await Gateway.Devices.FindAsync(id));

    private protected static string Property(MessageContent content, string name) => content.Properties.Single(p => p.Key == name).Value;
}
