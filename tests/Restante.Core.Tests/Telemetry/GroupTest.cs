using System.Globalization;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Telemetry;

/// <summary>What the tests of consumer groups share: a gateway, and telemetry by partition.</summary>
public abstract class GroupTest : IAsyncLifetime
{
    private readonly Dictionary<int, DevicePrincipal> _devices = [];

    private protected GroupTest(GatewayLimits? limits = null, int partitions = 4)
    {
        Test = new TestGateway(limits, null, new StreamLimits { Partitions = partitions });
        for (int i = 0; _devices.Count < partitions; i++)
        {
            var id = DeviceId.Parse("d" + i.ToString(CultureInfo.InvariantCulture));
            _devices.TryAdd(DevicePartition.Of(id.Value, partitions), new DevicePrincipal(id, new DeviceNumber(i + 1), CredentialSlot.Primary, long.MaxValue));
        }
    }

    private protected TestGateway Test { get; }

    protected ConsumerGroups Groups => Test.Gateway.Groups;

    protected ServicePrincipal Service => Test.Service;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Test.DisposeAsync().AsTask();

    protected async Task PublishAsync(int partition, params string[] bodies)
    {
        foreach (string body in bodies)
            Ok(await Test.Gateway.Telemetry.PublishAsync(_devices[partition], null, Content(body)));
    }

    protected async Task<GroupMembership> JoinAsync(string group = "g", string reader = "r", StreamStart? start = null, int? partition = null) =>
        Ok(await Groups.JoinAsync(Service, group, reader, start ?? StreamStart.Earliest, partition));

    protected async Task<GroupMembership> PollAsync(string reader = "r", string group = "g") =>
        Ok(await Groups.PollAsync(Service, group, reader, StreamStart.Earliest));

    protected static async Task<IReadOnlyList<GroupRecord>> ReadAsync(GroupMembership member, int max = 1_000) =>
        Ok(await member.ReadAsync(max, int.MaxValue));

    /// <summary>Reads and shows the bodies in the order of partitions and numbers.</summary>
    protected static async Task<string[]> BodiesAsync(GroupMembership member, int max = 1_000) => Bodies(await ReadAsync(member, max));

    protected static string[] Bodies(IEnumerable<GroupRecord> records) =>
        [.. records.OrderBy(r => r.Partition).ThenBy(r => r.Record.SequenceNumber).Select(r => Text(r.Record.Content))];

    protected async Task<GroupPartitionInfo> PartitionAsync(int partition, string group = "g") =>
        Ok(await Groups.FindAsync(group)).Partitions.Single(p => p.Partition == partition);
}
