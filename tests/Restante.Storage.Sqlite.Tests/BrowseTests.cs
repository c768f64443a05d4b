using System.Globalization;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Tests;

public sealed class BrowseTests : StoreTest
{
    [Theory]
    [InlineData(1, 9)]
    [InlineData(2, 2)]
    [InlineData(0, 19)]
    [InlineData(3, 20)]
    public async Task What_has_ended_a_moment_ago_is_made_up_for(int firstEnded, int lastEnded)
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        EnqueueResult[] sent = await SendAsync(store, count: 20);
        Sequence[] left = [.. sent.Where((_, i) => i < firstEnded || i > lastEnded).Select(s => s.Sequence)];

        // As it stands between a commit and the index, which still lists them.
        using (Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20))
        {
            foreach (Sequence gone in sent.Select(s => s.Sequence).Except(left))
                connection.Execute(string.Create(CultureInfo.InvariantCulture, $"DELETE FROM message WHERE sequence = {gone.Value}"));
        }

        var seen = new List<Sequence>();
        IReadOnlyList<BrowsedMessage> step;
        do
        {
            step = await store.Mailboxes.BrowseAsync(device, seen.LastOrDefault(), 8, Now);
            seen.AddRange(step.Select(m => m.Sequence));
        }
        while (step.Count == 8); // Fewer mean that there are no more.
        Assert.Equal(left, seen);
    }
}
