using Restante.Core.Access;
using Restante.Core.Refusals;

namespace Restante.Core.Sessions;

/// <summary>
/// A device behind a field gateway among the live connections: entered when the gateway is known to act for it, and taken out once,
/// whether the gateway leaves before, while or after it is entered. Another thread may enter it than leaves.
/// </summary>
/// <param name="gateway">Registry and connections.</param>
/// <param name="id">The device's id, as the peer wrote it.</param>
/// <param name="connection">What is ended when the field gateway may act for the device no longer.</param>
/// <param name="name">The connection of the field gateway.</param>
public sealed class ChildEntry(Gateway gateway, string id, ILiveConnection connection, ConnectionName name)
{
    private const int Entering = 0;
    private const int Entered = 1;
    private const int Over = 2;

    private DevicePrincipal? _device;
    private int _phase = Entering;

    /// <summary>The device; known once it was found out that the field gateway may act for it.</summary>
    public DevicePrincipal Device => _device!;

    /// <summary>
    /// Finds out whether the field gateway may act for the device, and enters it. Refusals: forbidden, unauthorized, conflict (the gateway
    /// has left meanwhile), unavailable. What is refused may have been entered: <see cref="Leave"/> or <see cref="Withdraw"/> takes it out.
    /// </summary>
    /// <param name="through">The field gateway, as it has authenticated last.</param>
    public async ValueTask<Result<DevicePrincipal>> EnterAsync(DevicePrincipal through)
    {
        Result<DevicePrincipal> found = await gateway.Devices.ActForAsync(through, id);
        if (!found.IsSuccess)
            return found;
        _device = found.Value;
        gateway.Connections.Add(found.Value, connection, name);

        // Who has left meanwhile does not take it out.
        if (Interlocked.CompareExchange(ref _phase, Entered, Entering) != Entering)
        {
            const string why = "The field gateway had left before.";
            Remove(why);
            return new Refusal(RefusalKind.Conflict, why);
        }

        // What was revoked between the look and the entry is found out by a second look.
        return await gateway.Devices.RecheckAsync(found.Value) is Refusal refusal ? refusal : found;
    }

    /// <summary>Takes the device out for good, if it is in. One that is being entered does not come in.</summary>
    public void Leave(string why) => TakeOut(Over, why);

    /// <summary>Takes the device out, if it is in. It may be entered again.</summary>
    public void Withdraw(string why) => TakeOut(Entering, why);

    private void TakeOut(int phase, string why)
    {
        if (Interlocked.Exchange(ref _phase, phase) == Entered)
            Remove(why);
    }

    private void Remove(string why) => gateway.Connections.Remove(_device!, connection, name, why);
}
