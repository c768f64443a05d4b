using Restante.Core.Access;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Every rule of <see cref="IAuthorityStore"/>.</summary>
public abstract class AuthorityStoreConformance : StoreConformance
{
    [Fact]
    public async Task An_authority_is_kept_as_it_was_added()
    {
        AuthorityRecord a = Authority("maker");
        Assert.True(await Store.Authorities.AddAsync(a));
        Assert.False(await Store.Authorities.AddAsync(Authority("maker")));
        Assert.True(await Store.Authorities.AddAsync(Authority("Acme")));
        Same(a, await Store.Authorities.FindAsync("maker"));
        Assert.Null(await Store.Authorities.FindAsync("Maker"));
        Assert.Equal(["Acme", "maker"], (await Store.Authorities.ListAsync()).Select(x => x.Name));
        if (CanRestart)
        {
            await RestartAsync();
            Same(a, await Store.Authorities.FindAsync("maker"));
        }
    }

    [Fact]
    public async Task What_is_changed_stays_and_the_rest_too()
    {
        AuthorityRecord a = Authority("maker");
        await Store.Authorities.AddAsync(a);
        AuthorityRecord verified = a with { IsVerified = true, ChangedAtMs = Now + 1 };
        Same(verified, await Store.Authorities.UpdateAsync("maker", a.VerificationCode, new AuthorityUpdate(Verifies: true), Now + 1));
        byte[] list = [1, 2, 3];
        AuthorityRecord listed = verified with { RevocationList = list, ChangedAtMs = Now + 2 };
        Same(listed, await Store.Authorities.UpdateAsync("maker", a.VerificationCode, new AuthorityUpdate(RevocationList: list), Now + 2));
        Same(listed, await Store.Authorities.FindAsync("maker"));
        if (CanRestart)
        {
            await RestartAsync();
            Same(listed, await Store.Authorities.FindAsync("maker"));
        }
    }

    [Fact]
    public async Task A_change_is_of_the_registration_that_was_meant()
    {
        AuthorityRecord old = Authority("maker");
        await Store.Authorities.AddAsync(old);
        Assert.True(await Store.Authorities.RemoveAsync("maker"));
        Assert.False(await Store.Authorities.RemoveAsync("maker"));
        Assert.Null(await Store.Authorities.FindAsync("maker"));
        Assert.Null(await Store.Authorities.UpdateAsync("maker", old.VerificationCode, new AuthorityUpdate(Verifies: true), Now));
        AuthorityRecord newer = Authority("maker");
        await Store.Authorities.AddAsync(newer);
        Assert.Null(await Store.Authorities.UpdateAsync("maker", old.VerificationCode, new AuthorityUpdate(Verifies: true), Now));
        Same(newer, await Store.Authorities.FindAsync("maker"));
    }

    private static void Same(AuthorityRecord expected, AuthorityRecord? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Certificate, actual.Certificate);
        Assert.Equal(expected.RevocationList, actual.RevocationList);
        Assert.Equal(expected, actual with { Certificate = expected.Certificate, RevocationList = expected.RevocationList });
    }

    private AuthorityRecord Authority(string name) => new()
    {
        Name = name,
        Certificate = [9, 8, 7, 0, 6],
        VerificationCode = Guid.NewGuid().ToString("N"),
        IsVerified = false,
        CreatedAtMs = Now,
        ChangedAtMs = Now,
    };
}
