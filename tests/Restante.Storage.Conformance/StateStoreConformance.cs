using System.Text;
using Restante.Core.Devices;
using Restante.Core.States;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Every rule of <see cref="IStateStore"/>.</summary>
public abstract class StateStoreConformance : StoreConformance
{
    [Fact]
    public async Task A_device_begins_with_an_empty_document()
    {
        DeviceRecord device = await DeviceAsync();
        StoredState? state = await Store.States.ReadAsync(device.Number);
        Assert.NotNull(state);
        Assert.Equal((0L, 0L, "{}"), Shown(state.Desired));
        Assert.Equal((0L, 0L, "{}"), Shown(state.Reported));
        Assert.Null(await Store.States.ReadAsync(new DeviceNumber(device.Number.Value + 1)));
    }

    [Fact]
    public async Task Each_part_has_its_own_content_version_and_time()
    {
        DeviceRecord device = await DeviceAsync("a");
        DeviceRecord other = await DeviceAsync("b");
        Assert.Equal(new StateWriteResult(StateWriteStatus.Written, 1), await WriteAsync(device, StatePart.Desired, """{"a":1}"""));
        Now += 5;
        Assert.Equal(new StateWriteResult(StateWriteStatus.Written, 2), await WriteAsync(device, StatePart.Desired, """{"a":2}"""));
        Now += 5;
        Assert.Equal(new StateWriteResult(StateWriteStatus.Written, 1), await WriteAsync(device, StatePart.Reported, """{"b":"ü"}"""));
        await CheckAsync();
        if (CanRestart)
        {
            await RestartAsync();
            await CheckAsync();
        }

        async Task CheckAsync()
        {
            StoredState? state = await Store.States.ReadAsync(device.Number);
            Assert.Equal((2L, Now - 5, """{"a":2}"""), Shown(state!.Desired));
            Assert.Equal((1L, Now, """{"b":"ü"}"""), Shown(state.Reported));
            Assert.Equal((0L, 0L, "{}"), Shown((await Store.States.ReadAsync(other.Number))!.Reported));
        }
    }

    [Fact]
    public async Task A_write_of_another_version_changes_nothing()
    {
        DeviceRecord device = await DeviceAsync();
        Assert.Equal(new StateWriteResult(StateWriteStatus.VersionMismatch, 0), await WriteAsync(device, StatePart.Desired, """{"a":1}""", 1));
        Assert.Equal(new StateWriteResult(StateWriteStatus.Written, 1), await WriteAsync(device, StatePart.Desired, """{"a":2}""", 0));
        Assert.Equal(new StateWriteResult(StateWriteStatus.VersionMismatch, 1), await WriteAsync(device, StatePart.Desired, """{"a":3}""", 0));
        Assert.Equal((1L, Now, """{"a":2}"""), Shown((await Store.States.ReadAsync(device.Number))!.Desired));
    }

    [Fact]
    public async Task Of_writes_that_saw_the_same_version_one_is_done()
    {
        DeviceRecord device = await DeviceAsync();
        StateWriteResult[] results = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(i => WriteAsync(device, StatePart.Reported, $$"""{"n":{{i}}}""", 0).AsTask()));
        Assert.Single(results, r => r.Status == StateWriteStatus.Written);
        int winner = Array.FindIndex(results, r => r.Status == StateWriteStatus.Written);
        Assert.Equal((1L, Now, $$"""{"n":{{winner}}}"""), Shown((await Store.States.ReadAsync(device.Number))!.Reported));
    }

    [Fact]
    public async Task The_document_goes_with_its_device()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        await WriteAsync(device, StatePart.Desired, """{"a":1}""");
        await WriteAsync(device, StatePart.Reported, """{"a":1}""");
        await WriteAsync(other, StatePart.Desired, """{"a":1}""");
        await Registry.RemoveDeviceAsync(device.Id, null, Now);
        Assert.Null(await Store.States.ReadAsync(device.Number));
        Assert.Equal(new StateWriteResult(StateWriteStatus.NotFound, 0), await WriteAsync(device, StatePart.Desired, """{"a":1}"""));
        DeviceRecord again = await DeviceAsync();
        Assert.Equal((0L, 0L, "{}"), Shown((await Store.States.ReadAsync(again.Number))!.Desired));
        Assert.Equal(1, (await Store.States.ReadAsync(other.Number))!.Desired.Version);
    }

    [Fact]
    public async Task The_content_is_copied()
    {
        DeviceRecord device = await DeviceAsync();
        byte[] json = """{"a":1}"""u8.ToArray();
        ValueTask<StateWriteResult> write = Store.States.WriteAsync(device.Number, StatePart.Desired, json, null, Now);
        json.AsSpan().Clear();
        await write;
        Assert.Equal("""{"a":1}""", Shown((await Store.States.ReadAsync(device.Number))!.Desired).Json);
    }

    private static (long Version, long ChangedAtMs, string Json) Shown(StateContent content) =>
        (content.Version, content.ChangedAtMs, Encoding.UTF8.GetString(content.Json.Span));

    private ValueTask<StateWriteResult> WriteAsync(DeviceRecord device, StatePart part, string json, long? ifVersion = null) =>
        Store.States.WriteAsync(device.Number, part, Encoding.UTF8.GetBytes(json), ifVersion, Now);
}
