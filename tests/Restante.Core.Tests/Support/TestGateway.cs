using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Issuing;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Storage.Conformance.Memory;
using Restante.Storage.Conformance.Streams;

namespace Restante.Core.Tests.Support;

/// <summary>A gateway over the in-memory store, with a clock by hand and hooks between the core and the mailboxes.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly AccessOptions _access;

    public TestGateway(
        GatewayLimits? limits = null, MailboxLimits? mailboxes = null, StreamLimits? streams = null, AccessOptions? access = null,
        IssuerOptions? issuing = null)
    {
        Streams = new MemoryStreamStore(streams);
        Memory = new MemoryGatewayStore(mailboxes, Streams);
        Store = new HookedStore(Memory);
        _access = (access ?? new AccessOptions()) with { RefusalMs = 0 };
        Gateway = new Gateway(Store, limits ?? new GatewayLimits(), Time, NullLoggerFactory.Instance, _access, issuing: issuing);
    }

    public ManualTime Time { get; } = new();

    public MemoryStreamStore Streams { get; }

    public MemoryGatewayStore Memory { get; }

    public HookedStore Store { get; }

    public HookedMailboxes Hooks => Store.Hooks;

    public Gateway Gateway { get; }

    public ServicePrincipal Service { get; } = new("backend", Rights.Send, CredentialSlot.Primary, long.MaxValue);

    public long NowMs => Time.NowMs;

    public static byte[] Content(string body) => new MessageContent { Body = Encoding.UTF8.GetBytes(body) }.Encode();

    public static string Text(ReadOnlyMemory<byte> content) => Encoding.UTF8.GetString(ContentReader.BodyOf(content.Span));

    public static T Ok<T>(Result<T> result)
    {
        Assert.True(result.IsSuccess, result.Refusal?.Message);
        return result.Value!;
    }

    public static void Refused<T>(RefusalKind kind, Result<T> result)
    {
        Assert.False(result.IsSuccess);
        Assert.Equal(kind, result.Refusal!.Kind);
    }

    public async Task<DevicePrincipal> DeviceAsync(string id)
    {
        DeviceRecord record = Ok(await Gateway.Devices.CreateAsync(id));
        return Principal(record);
    }

    public static DevicePrincipal Principal(DeviceRecord record, CredentialSlot slot = CredentialSlot.Primary) =>
        new(record.Id, record.Number, slot, long.MaxValue);

    public async Task<Sequence> SendAsync(string device, string body, long? ttlMs = null) =>
        Ok(await Gateway.Mailboxes.SendCommandAsync(Service, device, Content(body), new CommandTerms { ExpiresAtMs = NowMs + ttlMs })).Sequence;

    public async Task<(MailboxSession Session, TestReceiver Receiver)> AttachAsync(DevicePrincipal device)
    {
        var receiver = new TestReceiver();
        return (Ok(await Gateway.Mailboxes.AttachAsync(device, receiver)), receiver);
    }

    /// <summary>Opens the domain once more over the same data, as a new process does.</summary>
    public Gateway Reopen()
    {
        Memory.Restart();
        return new Gateway(Store, Gateway.Limits, Time, NullLoggerFactory.Instance, _access);
    }

    /// <summary>All events so far as JSON text.</summary>
    public async Task<List<string>> EventsAsync()
    {
        StreamBatch batch = Ok(await Gateway.Telemetry.ReadAsync(StreamId.Events, 1, 100_000, int.MaxValue));
        return [.. batch.Records.Select(r => Text(r.Content))];
    }

    public async ValueTask DisposeAsync()
    {
        Gateway.Dispose();
        await Memory.DisposeAsync();
    }
}
