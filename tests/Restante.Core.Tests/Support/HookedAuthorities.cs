using Restante.Core.Access;
using Restante.Core.Storage;

namespace Restante.Core.Tests.Support;

/// <summary>Passes every call on; the test may fail the reading of all authorities, and hold up the writing of one.</summary>
internal sealed class HookedAuthorities(IAuthorityStore inner) : IAuthorityStore
{
    /// <summary>Called before all authorities are read.</summary>
    public Action? BeforeList { get; set; }

    /// <summary>Awaited before an authority is written.</summary>
    public Func<Task>? BeforeUpdate { get; set; }

    public ValueTask<bool> AddAsync(AuthorityRecord authority) => inner.AddAsync(authority);

    public ValueTask<AuthorityRecord?> FindAsync(string name) => inner.FindAsync(name);

    public ValueTask<IReadOnlyList<AuthorityRecord>> ListAsync()
    {
        BeforeList?.Invoke();
        return inner.ListAsync();
    }

    public async ValueTask<AuthorityRecord?> UpdateAsync(string name, string verificationCode, AuthorityUpdate update, long nowMs)
    {
        if (BeforeUpdate is not null)
            await BeforeUpdate();
        return await inner.UpdateAsync(name, verificationCode, update, nowMs);
    }

    public ValueTask<bool> RemoveAsync(string name) => inner.RemoveAsync(name);
}
