namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>What a <see cref="Slab{T}"/> needs of its items.</summary>
internal interface ISlabItem
{
    /// <summary>The next free place, while this one is free.</summary>
    int NextFree { get; set; }
}
