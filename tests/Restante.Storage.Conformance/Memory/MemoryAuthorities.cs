using Restante.Core.Access;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

internal sealed class MemoryAuthorities(MemoryState state) : IAuthorityStore
{
    public ValueTask<bool> AddAsync(AuthorityRecord authority) => state.Run(() =>
    {
        state.CheckWrite();
        return state.Authorities.TryAdd(authority.Name, authority);
    });

    public ValueTask<AuthorityRecord?> FindAsync(string name) => state.Run(() => Show(state.Authorities.GetValueOrDefault(name)));

    public ValueTask<IReadOnlyList<AuthorityRecord>> ListAsync() =>
        state.Run<IReadOnlyList<AuthorityRecord>>(() => [.. state.Authorities.Values.Select(a => Show(a)!)]);

    public ValueTask<AuthorityRecord?> UpdateAsync(string name, string verificationCode, AuthorityUpdate update, long nowMs) => state.Run(() =>
    {
        state.CheckWrite();
        if (!state.Authorities.TryGetValue(name, out AuthorityRecord? old) || old.VerificationCode != verificationCode)
            return null;
        return Show(state.Authorities[name] = old with
        {
            IsVerified = old.IsVerified || update.Verifies,
            RevocationList = update.RevocationList ?? old.RevocationList,
            ChangedAtMs = nowMs,
        });
    });

    public ValueTask<bool> RemoveAsync(string name) => state.Run(() =>
    {
        state.CheckWrite();
        state.Issuers.RemoveAll(i => i.Name == name);
        return state.Authorities.Remove(name);
    });

    private AuthorityRecord? Show(AuthorityRecord? authority) =>
        authority is null ? null : authority with { IsOwn = state.Issuers.Exists(i => i.Name == authority.Name) };
}
