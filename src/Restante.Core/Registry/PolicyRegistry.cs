using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Limits;
using Restante.Core.Outcomes;
using Restante.Core.Refusals;
using Restante.Core.Reports;
using Restante.Core.Sessions;
using Restante.Core.Storage;

namespace Restante.Core.Registry;

/// <summary>Creates, changes and removes the access policies of services.</summary>
public sealed class PolicyRegistry
{
    private readonly ChangeTurns _turns = new();
    private readonly IRegistryStore _store;
    private readonly TimeProvider _time;
    private readonly LiveConnections _connections;
    private readonly OutcomeFeed _outcomes;
    private readonly ReportHub _reports;
    private readonly InquiryHub _inquiries;
    private readonly GatewayLimits _limits;

    internal PolicyRegistry(
        IRegistryStore store,
        TimeProvider time,
        LiveConnections connections,
        OutcomeFeed outcomes,
        ReportHub reports,
        InquiryHub inquiries,
        GatewayLimits limits)
    {
        _store = store;
        _time = time;
        _connections = connections;
        _outcomes = outcomes;
        _reports = reports;
        _inquiries = inquiries;
        _limits = limits;
    }

    /// <summary>
    /// Creates a policy, with new keys where no credential is given. Refusals: malformed (also an administrator with a scope), conflict,
    /// limit-reached, unavailable.
    /// </summary>
    /// <param name="name">Its name, see <see cref="PolicyNames"/>.</param>
    /// <param name="rights">What it allows.</param>
    /// <param name="primary">Its first credential.</param>
    /// <param name="scope">What it reaches; null for all.</param>
    public async ValueTask<Result<PolicyRecord>> CreateAsync(
        string name, Rights rights, Credential? primary = null, PolicyScope? scope = null)
    {
        if (!PolicyNames.IsValid(name))
            return new Refusal(RefusalKind.Malformed, $"The name is not allowed: {PolicyNames.Rule}.");
        if (rights == Rights.None)
            return NeedsRight();
        if (scope is not null && (rights & Rights.Admin) != 0)
            return AdministersAll();

        // Two of the same name must not both find that there is none.
        return await _turns.ChangeAsync<PolicyRecord>(async () =>
        {
            IReadOnlyList<PolicyRecord> all = await _store.ListPoliciesAsync();
            if (all.Any(p => p.Name == name))
                return new Refusal(RefusalKind.Conflict, $"There is a policy '{name}' already.");
            if (all.Count >= _limits.MaxPolicies)
                return new Refusal(RefusalKind.LimitReached, $"There are {_limits.MaxPolicies} policies, which is the limit.");
            Credential secondary = primary is null or SymmetricKey ? SymmetricKey.Generate() : Credential.None;
            var policy = new PolicyRecord(
                name, rights, primary ?? SymmetricKey.Generate(), secondary, _time.GetUtcNow().ToUnixTimeMilliseconds())
            {
                Scope = scope,
            };
            await RemoveReadersAsync(name); // Of an older policy of that name, should its removal have been cut short.
            await _store.PutPolicyAsync(policy);
            return policy;
        });
    }

    /// <summary>Finds a policy. Refusals: not-found, unavailable.</summary>
    public async ValueTask<Result<PolicyRecord>> FindAsync(string name)
    {
        try
        {
            return PolicyNames.IsValid(name) && await _store.FindPolicyAsync(name) is PolicyRecord found ? found : NotFound;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>All policies in the order of their names. Refusals: unavailable.</summary>
    public async ValueTask<Result<IReadOnlyList<PolicyRecord>>> ListAsync()
    {
        try
        {
            return new List<PolicyRecord>(await _store.ListPoliciesAsync());
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Puts a credential into a slot, or empties it with <see cref="Credential.None"/>; connections that used the old one are closed.
    /// Refusals: not-found, malformed (a policy has keys and thumbprints), forbidden (the administrator's first key is that of the file
    /// beside the store), unavailable.
    /// </summary>
    public async ValueTask<Result<PolicyRecord>> SetCredentialAsync(string name, CredentialSlot slot, Credential credential)
    {
        if (credential is AuthoritySigned)
            return new Refusal(
                RefusalKind.Malformed, "A policy has keys and thumbprints of certificates; authorities sign for devices only.");
        if (name == PolicyNames.Administrator && slot == CredentialSlot.Primary)
            return new Refusal(
                RefusalKind.Forbidden, "The administrator's primary key is the one in its file; a restart takes another from there.");
        return await _turns.ChangeAsync<PolicyRecord>(async () =>
        {
            if (!PolicyNames.IsValid(name) || await _store.FindPolicyAsync(name) is not PolicyRecord policy)
                return NotFound;
            PolicyRecord changed = slot == CredentialSlot.Primary ? policy with
            {
                Primary = credential,
            } : policy with { Secondary = credential };
            await _store.PutPolicyAsync(changed);
            string which = slot == CredentialSlot.Primary ? "primary" : "secondary";
            _connections.EndPolicy(name, slot, EndReason.CredentialChanged, $"The {which} credential was changed.");
            return changed;
        });
    }

    /// <summary>
    /// Gives a policy other rights. When it loses any, its connections and waiting requests end; those that it gets count from its next
    /// connection on. What it began before goes on as it was accepted. Refusals: not-found, malformed (no right at all, or to administer
    /// with a scope), forbidden (the administrator keeps its own), unavailable.
    /// </summary>
    /// <param name="name">The policy.</param>
    /// <param name="rights">What it allows from now on.</param>
    public async ValueTask<Result<PolicyRecord>> SetRightsAsync(string name, Rights rights)
    {
        if (rights == Rights.None)
            return NeedsRight();
        if (name == PolicyNames.Administrator)
            return new Refusal(RefusalKind.Forbidden, "The rights of the administrator's policy cannot be changed.");
        return await _turns.ChangeAsync<PolicyRecord>(async () =>
        {
            if (!PolicyNames.IsValid(name) || await _store.FindPolicyAsync(name) is not PolicyRecord policy)
                return NotFound;
            if (policy.Scope is not null && (rights & Rights.Admin) != 0)
                return AdministersAll();
            if (policy.Rights == rights)
                return policy;
            PolicyRecord changed = policy with { Rights = rights };
            await _store.PutPolicyAsync(changed);
            if (rights.Lack(policy.Rights))
                _connections.EndPolicy(name, null, EndReason.RightsChanged, "The policy has lost rights.");
            return changed;
        });
    }

    /// <summary>
    /// Gives a policy another scope, or none; its connections and waiting requests end. What it began before goes on as it was accepted:
    /// jobs, and notifications that are active. Refusals: not-found, malformed (an administrator has no scope), unavailable.
    /// </summary>
    /// <param name="name">The policy.</param>
    /// <param name="scope">What it reaches from now on; null for all.</param>
    public ValueTask<Result<PolicyRecord>> SetScopeAsync(string name, PolicyScope? scope) => _turns.ChangeAsync<PolicyRecord>(async () =>
    {
        if (!PolicyNames.IsValid(name) || await _store.FindPolicyAsync(name) is not PolicyRecord policy)
            return NotFound;
        if (scope is not null && (policy.Rights & Rights.Admin) != 0)
            return AdministersAll();
        if (Equals(policy.Scope, scope))
            return policy;
        PolicyRecord changed = policy with { Scope = scope };
        await _store.PutPolicyAsync(changed);
        _connections.EndPolicy(name, null, EndReason.ScopeChanged, "The scope of the policy was changed.");
        return changed;
    });

    /// <summary>
    /// Removes a policy, how far its readers had come, and ends its connections. The administrator's stays. Refusals: not-found, forbidden,
    /// unavailable.
    /// </summary>
    public async ValueTask<Result<bool>> RemoveAsync(string name)
    {
        if (name == PolicyNames.Administrator)
            return new Refusal(RefusalKind.Forbidden, "The administrator's policy cannot be removed.");

        // One that is being changed must not come back.
        return await _turns.ChangeAsync<bool>(async () =>
        {
            if (!PolicyNames.IsValid(name) || !await _store.RemovePolicyAsync(name))
                return NotFound;
            _connections.EndPolicy(name, null, EndReason.Removed, "The policy was removed.");
            await ForgetReadersAsync(name);
            return true;
        });
    }

    private static Refusal NotFound { get; } = new(RefusalKind.NotFound, "There is no policy of that name.");

    private static Refusal NeedsRight() => new(RefusalKind.Malformed, "A policy needs at least one right.");

    private static Refusal AdministersAll() =>
        new(RefusalKind.Malformed, "A policy with the right 'admin' has no scope: who makes policies could give itself any.");

    private async ValueTask RemoveReadersAsync(string name)
    {
        await _outcomes.RemoveReaderOfAsync(name);
        await _reports.RemoveReaderOfAsync(name);
        await _inquiries.RemoveReadersOfAsync(name);
    }

    // The policy is gone whatever becomes of this: who creates one of its name forgets the readers once more.
    private async ValueTask ForgetReadersAsync(string name)
    {
        try
        {
            await RemoveReadersAsync(name);
        }
        catch (StoreUnavailableException)
        {
            // See above.
        }
    }
}
