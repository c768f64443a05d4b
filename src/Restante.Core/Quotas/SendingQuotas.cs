using System.Globalization;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Metrics;
using Restante.Core.Refusals;

namespace Restante.Core.Quotas;

/// <summary>
/// How much devices and services may send in a second: telemetry, reports, inquiries and reported state of a device, commands,
/// notifications and answers of a policy, and all of it together. What a field gateway sends for the devices behind it is its own. Whose
/// head can slow it down (<see cref="Principal.IsPaced"/>) is never refused: it goes into debt, and its head reads no further for <see
/// cref="WaitMs"/>. Safe for several threads.
/// </summary>
public sealed class SendingQuotas
{
    /// <summary>Devices, and policies, that are counted at the same time: those that have sent something in the last seconds.</summary>
    public const int MaxAccounts = 262_144;

    private readonly QuotaAccounts<DeviceNumber> _devices = new(MaxAccounts);
    private readonly QuotaAccounts<string> _policies = new(MaxAccounts);
    private readonly QuotaRate _deviceMessages;
    private readonly QuotaRate _deviceBytes;
    private readonly QuotaRate _policyMessages;
    private readonly QuotaRate _noBytes;
    private readonly QuotaRate _gatewayMessages;
    private readonly TimeProvider _time;
    private readonly CoreMetrics _metrics;
    private readonly long _start;
    private TokenBucket _gateway;

    internal SendingQuotas(GatewayLimits limits, TimeProvider time, CoreMetrics metrics)
    {
        _deviceMessages = new(Quota.DeviceMessages, limits.MaxMessagesPerSecondPerDevice, limits.QuotaBurstMs);
        _deviceBytes = new(Quota.DeviceBytes, limits.MaxBytesPerSecondPerDevice, limits.QuotaBurstMs);
        _policyMessages = new(Quota.PolicyMessages, limits.MaxMessagesPerSecondPerPolicy, limits.QuotaBurstMs);
        _noBytes = new(Quota.DeviceBytes, 0, limits.QuotaBurstMs);
        _gatewayMessages = new(Quota.GatewayMessages, limits.MaxMessagesPerSecond, limits.QuotaBurstMs);
        _time = time;
        _metrics = metrics;
        _start = time.GetTimestamp();
    }

    /// <summary>Devices and policies that are counted at present.</summary>
    internal int Accounts => _devices.Count + _policies.Count;

    private long NowNs => _time.GetElapsedTime(_start).Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>For how long a peer should not be read, in milliseconds; 0 when it may go on. Of nobody nothing is known.</summary>
    public long WaitMs(Principal? principal)
    {
        long now = NowNs;
        QuotaAccount? account = principal switch
        {
            DevicePrincipal device => _devices.Find(Payer(device)),
            ServicePrincipal service => _policies.Find(service.Name),
            _ => null,
        };
        if (principal is null || (account is null && !_gatewayMessages.IsOn))
            return 0;
        bool isDevice = principal is DevicePrincipal;
        return ToMs(LongestWait(account, MessagesOf(isDevice), BytesOf(isDevice), now).WaitNs);
    }

    /// <summary>A device sends: null when it may, else the refusal, <c>throttled</c>.</summary>
    internal Refusal? Take(DevicePrincipal device, int messages, long bytes)
    {
        bool isCounted = _deviceMessages.IsOn || _deviceBytes.IsOn;
        if (!isCounted && !_gatewayMessages.IsOn)
            return null;
        QuotaAccount? account = isCounted ? _devices.Open(Payer(device)) : null;
        return Take(account, device, _deviceMessages, _deviceBytes, messages, bytes);
    }

    /// <summary>Takes bytes that a device has had sent to itself; it may go into debt by them.</summary>
    internal void TakeSent(DevicePrincipal device, long bytes)
    {
        if (_deviceBytes.IsOn)
            _devices.Open(Payer(device))?.Bytes.Take(_deviceBytes, bytes, NowNs);
    }

    /// <summary>A service sends a message: null when it may, else the refusal, <c>throttled</c>.</summary>
    internal Refusal? Take(ServicePrincipal service)
    {
        if (!_policyMessages.IsOn && !_gatewayMessages.IsOn)
            return null;
        QuotaAccount? account = _policyMessages.IsOn ? _policies.Open(service.Name) : null;
        return Take(account, service, _policyMessages, _noBytes, 1, 0);
    }

    /// <summary>Forgets who has sent nothing lately.</summary>
    internal void Sweep()
    {
        long now = NowNs;
        _devices.Sweep(now);
        _policies.Sweep(now);
    }

    private static DeviceNumber Payer(DevicePrincipal device) => (device.Through ?? device).Number;

    private static long ToMs(long ns) => ns <= 0 ? 0 : (ns + 999_999) / 1_000_000;

    private static Refusal Refuse(QuotaRate rate, long waitMs)
    {
        string what = rate.Quota switch
        {
            Quota.DeviceMessages => "The device sends more than its quota of {0} messages in a second.",
            Quota.DeviceBytes => "The device sends more than its quota of {0} bytes in a second.",
            Quota.PolicyMessages => "The policy sends more than its quota of {0} messages in a second.",
            _ => "More is sent to the gateway than its quota of {0} messages in a second.",
        };
        string sentence = string.Format(CultureInfo.InvariantCulture, what + " Come back in {1} ms.", rate.Amount, waitMs);
        return new Refusal(RefusalKind.Throttled, sentence) { RetryAfterMs = waitMs };
    }

    private QuotaRate MessagesOf(bool isDevice) => isDevice ? _deviceMessages : _policyMessages;

    private QuotaRate BytesOf(bool isDevice) => isDevice ? _deviceBytes : _noBytes;

    private Refusal? Take(
        QuotaAccount? account, Principal principal, QuotaRate messagesRate, QuotaRate bytesRate, int messages, long bytes)
    {
        long now = NowNs;
        (long waitNs, QuotaRate over) = LongestWait(account, messagesRate, bytesRate, now);
        if (waitNs > 0 && !principal.IsPaced)
        {
            _metrics.QuotaRefused(over.Quota);
            return Refuse(over, ToMs(waitNs));
        }

        account?.Messages.Take(messagesRate, messages, now);
        account?.Bytes.Take(bytesRate, bytes, now);
        _gateway.Take(_gatewayMessages, messages, now);
        if (waitNs <= 0 && principal.IsPaced)
        {
            (long owedNs, over) = LongestWait(account, messagesRate, bytesRate, now);
            if (owedNs > 0)
                _metrics.QuotaSlowed(over.Quota);
        }

        return null;
    }

    // After this time all quotas let something through.
    private (long WaitNs, QuotaRate Over) LongestWait(QuotaAccount? account, QuotaRate messagesRate, QuotaRate bytesRate, long now)
    {
        (long WaitNs, QuotaRate Over) longest = (_gateway.Wait(_gatewayMessages, now), _gatewayMessages);
        if (account is null)
            return longest;
        if (account.Messages.Wait(messagesRate, now) is long messages && messages > longest.WaitNs)
            longest = (messages, messagesRate);
        return account.Bytes.Wait(bytesRate, now) is long bytes && bytes > longest.WaitNs ? (bytes, bytesRate) : longest;
    }
}
