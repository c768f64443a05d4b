using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Devices;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Storage;

namespace Restante.Core.Issuing;

/// <summary>
/// What a device does about its own credentials over its own connection. A new one goes into the slot that the connection does not use, so
/// that it is never cut off by its own doing; with the new one it connects anew and has the old one taken away.
/// </summary>
internal sealed class CredentialDesk(
    IRegistryStore registry, DeviceRegistry devices, CertificateIssuers issuers, AuditLog audit, IssuerOptions options, TimeProvider time)
    : IGatewayDesk
{
    private const int MaxTries = 4;

    /// <summary>How often devices may ask.</summary>
    public RequestPace Pace { get; } = new(options, time);

    /// <inheritdoc/>
    public int MaxLive => options.MaxLivePerDevice;

    /// <inheritdoc/>
    public async ValueTask<Result<GatewayAnswer>> AnswerAsync(DevicePrincipal device, string subject, byte[] body)
    {
        if ((Check(device, subject) ?? await audit.AdmitAsync()) is Refusal refusal)
        {
            if (refusal.Kind == RefusalKind.Forbidden)
                audit.Refused(Entry(device, subject) with { Refusal = refusal.Kind });
            return refusal;
        }

        return subject switch
        {
            GatewaySubjects.Certificate => await CertifyAsync(device, body),
            GatewaySubjects.Key => await TakeKeyAsync(device, body),
            _ => Show(
                device,
                await ChangeAsync(device, subject, record => Other(device, record) == Credential.None ? null : Credential.None)),
        };
    }

    /// <inheritdoc/>
    public ValueTask<Refusal?> IssuedAsync(DevicePrincipal device, string subject, IssuedCertificate issued)
    {
        issuers.Issued(issued);
        return audit.RecordAsync(Entry(device, subject) with { Detail = issued.Serial });
    }

    /// <inheritdoc/>
    public ValueTask PerhapsIssuedAsync(DevicePrincipal device, string subject, IssuedCertificate issued) => audit.NotDoneAsync(
        Entry(device, subject) with { Refusal = RefusalKind.Unavailable, Detail = issued.Serial }, isChange: true);

    private static AuditEntry Entry(DevicePrincipal device, string subject) => new()
    {
        Act = subject,
        By = AuditActor.Of(device, device.Connection),
        Target = "devices/" + device.Name,
    };

    private Refusal? Check(DevicePrincipal device, string subject)
    {
        if (device.Through is not null)
            return new Refusal(RefusalKind.Forbidden, "Only the device itself can change its credentials, not its gateway for it.");
        if (device.Used is SymmetricKey && device.ExpiresAtMs != long.MaxValue)
            return new Refusal(
                RefusalKind.Forbidden, "A token is not enough to change credentials: connect with the key itself, or a certificate.");
        if (!options.Rotation && subject != GatewaySubjects.Certificate)
            return new Refusal(RefusalKind.Forbidden, "Devices may not change their own keys here.");
        return Pace.Take(device.Number);
    }

    private async ValueTask<Result<GatewayAnswer>> CertifyAsync(DevicePrincipal device, byte[] body)
    {
        Result<PublicKey> key = SigningRequest.Read(body);
        if (!key.IsSuccess)
            return key.Refusal;
        Result<NewCertificate> issued = await issuers.IssueAsync(device.Id, device.Number, key.Value);
        if (!issued.IsSuccess)
            return issued.Refusal;
        IssuedCertificate made = issued.Value.Record;
        Result<DeviceRecord> placed = await ChangeAsync(
            device, GatewaySubjects.Certificate, record =>
                SlotFor(device, record, made.Issuer) is null ? new AuthoritySigned(made.Issuer) : null);
        if (!placed.IsSuccess)
            return placed.Refusal;
        CredentialSlot slot = SlotFor(device, placed.Value, made.Issuer) ?? OtherSlot(device);
        var content = new MessageContent
        {
            BodyKind = BodyKind.Text,
            Body = Encoding.ASCII.GetBytes(issued.Value.Pem),
            ContentType = "application/pem-certificate-chain",
            Properties =
            [
                new("serial", made.Serial),
                new("until", DateTimeOffset.FromUnixTimeMilliseconds(made.UntilMs).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'")),
                new("slot", NameOf(slot)),
            ],
        };
        return new GatewayAnswer(content.Encode()) { Issued = made };
    }

    private async ValueTask<Result<GatewayAnswer>> TakeKeyAsync(DevicePrincipal device, byte[] body)
    {
        if (ReadKey(body) is not SymmetricKey key)
        {
            return new Refusal(
                RefusalKind.Malformed, $"The body must be a new key: {SymmetricKey.LengthBytes} random bytes, as they are or in base64.");
        }

        Refusal? inUse = null;
        Result<DeviceRecord> placed = await ChangeAsync(device, GatewaySubjects.Key, record =>
        {
            inUse = Own(device, record).Equals(key)
                ? new Refusal(RefusalKind.Conflict, "It is the key that this connection uses; choose another.")
                : null;
            return inUse is not null || Other(device, record).Equals(key) ? null : key;
        });
        return inUse ?? Show(device, placed);
    }

    /// <summary>
    /// Puts something into the slot that the device does not use, and notes it at once: whatever becomes of the answer, it was done.
    /// Refusals: unauthorized (the device, or what it connected with, is not what it was), conflict (others change it all the time),
    /// unavailable.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="subject">What it asked for.</param>
    /// <param name="choose">What to put there; null when everything is right already.</param>
    private async ValueTask<Result<DeviceRecord>> ChangeAsync(
        DevicePrincipal device, string subject, Func<DeviceRecord, Credential?> choose)
    {
        Result<DeviceRecord> result = Refusal.NotAuthenticated;
        for (int i = 0; i < MaxTries; i++)
        {
            DeviceRecord? record = await registry.FindDeviceAsync(device.Id);
            if (record is null || record.Number != device.Number || record.Status != DeviceStatus.Enabled
                || (device.Used is not null && !device.Used.Equals(Own(device, record))))
            {
                return Refusal.NotAuthenticated;
            }

            if (choose(record) is not Credential wanted)
                return record;
            result = await devices.SetCredentialAsync(device.Name, OtherSlot(device), wanted, record.Version);
            if (result.IsSuccess)
                return await audit.RecordAsync(Entry(device, subject)) is Refusal unrecorded ? unrecorded : result;
            if (result.Refusal.Kind == RefusalKind.Unavailable)
                await audit.NotDoneAsync(Entry(device, subject) with { Refusal = result.Refusal.Kind }, isChange: true);
            if (result.Refusal.Kind != RefusalKind.Conflict)
                return result;
        }

        return result;
    }

    // The slot that the certificates of an issuer open already; that of the connection first.
    private static CredentialSlot? SlotFor(DevicePrincipal device, DeviceRecord record, string issuer)
    {
        if (IsOpenTo(Own(device, record), issuer))
            return device.Slot;
        return IsOpenTo(Other(device, record), issuer) ? OtherSlot(device) : null;
    }

    private static bool IsOpenTo(Credential credential, string issuer) =>
        credential is AuthoritySigned signed && (signed.Authority is null || signed.Authority == issuer);

    private static Credential Own(DevicePrincipal device, DeviceRecord record) =>
        device.Slot == CredentialSlot.Primary ? record.Primary : record.Secondary;

    private static Credential Other(DevicePrincipal device, DeviceRecord record) =>
        device.Slot == CredentialSlot.Primary ? record.Secondary : record.Primary;

    private static CredentialSlot OtherSlot(DevicePrincipal device) =>
        device.Slot == CredentialSlot.Primary ? CredentialSlot.Secondary : CredentialSlot.Primary;

    private static string NameOf(CredentialSlot slot) => slot == CredentialSlot.Primary ? "primary" : "secondary";

    private static SymmetricKey? ReadKey(byte[] body)
    {
        SymmetricKey? key;
        if (body.Length == SymmetricKey.LengthBytes)
            key = SymmetricKey.FromBytes(body);
        else if (body.Length > SymmetricKey.LengthBytes * 2 || !SymmetricKey.TryParse(Encoding.Latin1.GetString(body).Trim(), out key))
            return null;
        return key.LooksDrawn ? key : null;
    }

    // Which kinds of credentials there are now: what the device may know, and no secret.
    private static Result<GatewayAnswer> Show(DevicePrincipal device, Result<DeviceRecord> changed)
    {
        if (!changed.IsSuccess)
            return changed.Refusal;
        var body = new System.Buffers.ArrayBufferWriter<byte>(96);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("primary", NameOf(changed.Value.Primary));
            json.WriteString("secondary", NameOf(changed.Value.Secondary));
            json.WriteString("used", NameOf(device.Slot));
            json.WriteEndObject();
        }

        var content = new MessageContent { BodyKind = BodyKind.Text, Body = body.WrittenMemory, ContentType = "application/json" };
        return new GatewayAnswer(content.Encode());
    }

    private static string NameOf(Credential credential) => credential.Kind switch
    {
        CredentialKind.Key => "key",
        CredentialKind.Thumbprint => "thumbprint",
        CredentialKind.Authority => "authority",
        _ => "none",
    };
}
