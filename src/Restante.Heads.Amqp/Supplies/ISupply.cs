using Restante.Amqp.Messaging;
using Restante.Core.Refusals;
using Restante.Core.Signals;

namespace Restante.Heads.Amqp.Supplies;

/// <summary>
/// Something that competing receivers take items from, each of them in one receiver's hands at a time. Called in turns of the connection,
/// but for
/// <see cref="GiveBack"/> and <see cref="Close"/>, which come from any thread once the link is over.
/// </summary>
internal interface ISupply<T>
{
    /// <summary>Pulses when there may be something to take; there once it is open.</summary>
    Signal News { get; }

    /// <summary>Begins. A refusal refuses the link.</summary>
    ValueTask<Refusal?> OpenAsync();

    /// <summary>Takes up to so many items, stopping after so many bytes; empty when there are none.</summary>
    ValueTask<Result<IReadOnlyList<T>>> TakeAsync(int max, int maxBytes);

    /// <summary>True when the item must not be sent any more.</summary>
    bool IsOver(T item, long nowMs);

    /// <summary>The bytes of its content.</summary>
    int BytesOf(T item);

    /// <summary>Writes an item as a message.</summary>
    void Write(T item, ref MessageWriter writer);

    /// <summary>The delivery tag of an item, at most 32 ASCII characters, unique among what is in one receiver's hands.</summary>
    string TagOf(T item);

    /// <summary>
    /// The receiver has settled an item. False when it was not its own any more; the item is then another's. After a refusal the supply has
    /// the item back.
    /// </summary>
    /// <param name="item">The item.</param>
    /// <param name="state">What the receiver said; terminal.</param>
    /// <param name="isAwaited">True when the receiver waits for it to be durable.</param>
    ValueTask<Result<bool>> SettleAsync(T item, DeliveryState state, bool isAwaited);

    /// <summary>An item that did not reach its receiver, or was not settled by it, is free for others.</summary>
    void GiveBack(T item);

    /// <summary>The receiver is gone. Called once, after <see cref="OpenAsync"/> has succeeded.</summary>
    void Close();
}
