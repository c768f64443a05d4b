using System.Collections.Concurrent;
using Restante.Core.Sessions;

namespace Restante.Core.Tests.Support;

internal sealed class TestConnection : ILiveConnection
{
    private readonly ConcurrentQueue<EndReason> _ends = new();

    public IReadOnlyList<EndReason> Ends => [.. _ends];

    public void End(EndReason reason, string description)
    {
        Assert.NotEmpty(description);
        _ends.Enqueue(reason);
    }
}
