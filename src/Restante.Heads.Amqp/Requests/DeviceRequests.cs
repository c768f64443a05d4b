using Restante.Amqp.Types;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Paging;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Storage;

namespace Restante.Heads.Amqp.Requests;

/// <summary>
/// Requests about the devices in the registry that a service reaches. Callers have checked rights. With the connection what is read for it
/// ends.
/// </summary>
internal sealed class DeviceRequests(Gateway gateway, ServicePrincipal service, CancellationToken over)
{
    private const int DefaultPage = 100;

    private readonly ReachedDevices _devices = gateway.Devices.For(service);

    public async ValueTask<Answer> CreateAsync(Request request)
    {
        Result<DeviceWish> wish = DeviceWish.Read(request);
        if (!wish.IsSuccess)
            return Answer.Refused(wish.Refusal);
        DeviceUpdate update = wish.Value.Update;
        Result<DeviceRecord> created = await _devices.CreateAsync(
            request.Text("name") ?? "",
            update.Status ?? DeviceStatus.Enabled,
            update.Primary,
            update.Secondary,
            update.Tags,
            update.Groups,
            update.Gateway);
        return created.IsSuccess ? Show(created.Value, withKeys: true) with { Status = 201 } : Answer.Refused(created.Refusal);
    }

    public async ValueTask<Answer> ReadAsync(Request request)
    {
        Result<DeviceRecord> found = await _devices.FindAsync(request.Text("name") ?? "");
        return found.IsSuccess ? Show(found.Value, withKeys: false) : Answer.Refused(found.Refusal);
    }

    public async ValueTask<Answer> ReadKeysAsync(Request request)
    {
        Result<DeviceRecord> found = await _devices.FindAsync(request.Text("name") ?? "");
        return found.IsSuccess ? ShowKeys(found.Value) : Answer.Refused(found.Refusal);
    }

    public async ValueTask<Answer> RotateKeyAsync(Request request)
    {
        CredentialSlot? slot = request.Text("slot") switch
        {
            "primary" => CredentialSlot.Primary,
            "secondary" => CredentialSlot.Secondary,
            _ => null,
        };
        Result<long?> ifVersion = request.Number("if-version");
        if (slot is null || ifVersion.Refusal is not null)
        {
            return Answer.Refused(
                ifVersion.Refusal ?? new Refusal(RefusalKind.Malformed, "The property 'slot' must be primary or secondary."));
        }

        Result<DeviceRecord> rotated = await _devices.RotateKeyAsync(request.Text("name") ?? "", slot.Value, null, ifVersion.Value);
        return rotated.IsSuccess ? ShowKeys(rotated.Value) : Refused(rotated.Refusal, ifVersion.Value);
    }

    public async ValueTask<Answer> UpdateAsync(Request request)
    {
        Result<DeviceWish> wish = DeviceWish.Read(request);
        Result<long?> ifVersion = request.Number("if-version");
        if ((wish.Refusal ?? ifVersion.Refusal) is Refusal malformed)
            return Answer.Refused(malformed);
        Result<DeviceRecord> changed = await _devices.ChangeAsync(
            request.Text("name") ?? "", wish.Value!.Update with { IfVersion = ifVersion.Value });
        return changed.IsSuccess ? Show(changed.Value, withKeys: false) : Refused(changed.Refusal, ifVersion.Value);
    }

    public async ValueTask<Answer> DeleteAsync(Request request)
    {
        Result<long?> ifVersion = request.Number("if-version");
        if (ifVersion.Refusal is Refusal malformed)
            return Answer.Refused(malformed);
        Result<RemovedDevice> removed = await _devices.RemoveAsync(request.Text("name") ?? "", ifVersion.Value);
        return removed.IsSuccess ? Answer.Done(status: 204) : Refused(removed.Refusal, ifVersion.Value);
    }

    public async ValueTask<Answer> QueryAsync(Request request)
    {
        Result<long?> count = request.Number("count");
        if (count.Refusal is Refusal malformed)
            return Answer.Refused(malformed);
        int max = (int)Math.Clamp(count.Value ?? DefaultPage, 0, int.MaxValue);
        string? after = request.Text("after"), audience = request.Text("audience");
        return await Pages.AnswerAsync<DeviceRecord>(
            max,
            PageBounds.UsualStep,
            (last, step) => _devices.ListAsync(last?.Id.Value ?? after, step, audience, over),
            device => Map(device, withKeys: false),
            static device => device.Id.Value,
            over);
    }

    private static Answer Refused(Refusal refusal, long? ifVersion) => refusal.Kind == RefusalKind.Conflict && ifVersion is not null
        ? Answer.Refused(refusal) with { Status = 412 }
        : Answer.Refused(refusal);

    private static Answer ShowKeys(DeviceRecord device) => Answer.Done(EntityMaps.KeysOf(device)) with { Version = device.Version };

    private Answer Show(DeviceRecord device, bool withKeys) => Answer.Done(Map(device, withKeys)) with { Version = device.Version };

    private AmqpMap Map(DeviceRecord device, bool withKeys) =>
        EntityMaps.Of(device, gateway.Connections.IsConnected(device.Number), withKeys);
}
