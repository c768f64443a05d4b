using Restante.Core.Access;

namespace Restante.Core.Storage;

/// <summary>The certificate authorities that may sign for devices.</summary>
public interface IAuthorityStore
{
    /// <summary>Registers an authority; false when the name is taken.</summary>
    ValueTask<bool> AddAsync(AuthorityRecord authority);

    /// <summary>Finds an authority by name; null when there is none.</summary>
    ValueTask<AuthorityRecord?> FindAsync(string name);

    /// <summary>All authorities in the ordinal order of their names.</summary>
    ValueTask<IReadOnlyList<AuthorityRecord>> ListAsync();

    /// <summary>Changes an authority. Returns it as it is then; null when no such registration is there.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="verificationCode">The registration that is meant; nothing is changed when another is there by now.</param>
    /// <param name="update">What changes.</param>
    /// <param name="nowMs">The time.</param>
    ValueTask<AuthorityRecord?> UpdateAsync(string name, string verificationCode, AuthorityUpdate update, long nowMs);

    /// <summary>Removes an authority, and the issuer of that name with its key; false when there was none.</summary>
    ValueTask<bool> RemoveAsync(string name);
}
