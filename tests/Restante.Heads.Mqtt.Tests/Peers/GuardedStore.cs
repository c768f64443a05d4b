using System.Reflection;
using Restante.Core.Storage;

namespace Restante.Heads.Mqtt.Tests.Peers;

/// <summary>A store with a <see cref="Doorkeeper"/> before its mailboxes.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1852", Justification = "The proxy is derived from it.")]
internal class GuardedStore : DispatchProxy
{
    private IGatewayStore _inner = null!;
    private IMailboxStore _mailboxes = null!;

    public static IGatewayStore Around(IGatewayStore inner, out Doorkeeper door)
    {
        IGatewayStore outer = Create<IGatewayStore, GuardedStore>();
        var guarded = (GuardedStore)outer;
        guarded._inner = inner;
        guarded._mailboxes = Doorkeeper.Before(inner.Mailboxes);
        door = (Doorkeeper)guarded._mailboxes;
        return outer;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == "get_" + nameof(IGatewayStore.Mailboxes) ? _mailboxes : targetMethod.Invoke(_inner, args);
}
