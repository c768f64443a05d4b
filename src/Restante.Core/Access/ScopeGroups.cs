using Restante.Core.Refusals;
using Restante.Core.Selection;
using Restante.Core.Storage;

namespace Restante.Core.Access;

/// <summary>
/// Groups as parts of scopes. Who has an audience puts no device into a group that another policy's audience names: it would be in that
/// scope at once, and shown what is sent there. Its own groups it gives, and those that make its own audience narrower.
/// </summary>
/// <param name="registry">Has the policies.</param>
internal sealed class ScopeGroups(IRegistryStore registry)
{
    /// <summary>Those of some groups that a service puts no device into. Fails as the store does.</summary>
    /// <param name="by">The service.</param>
    /// <param name="groups">The groups that it is about to give.</param>
    public async ValueTask<IReadOnlySet<string>> FindReservedAsync(ServicePrincipal by, IEnumerable<string> groups)
    {
        var reserved = new HashSet<string>(StringComparer.Ordinal);
        if (by.Scope?.Audience is not AudienceQuery own)
            return reserved;
        var asked = groups.Except(own.NamedGroups, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
        if (asked.Count == 0)
            return reserved;
        foreach (PolicyRecord policy in await registry.ListPoliciesAsync())
        {
            if (policy.Name != by.Name && policy.Scope?.Audience is AudienceQuery other && !IsWithin(other, own))
                reserved.UnionWith(other.NamedGroups.Where(asked.Contains));
        }

        return reserved;
    }

    /// <summary>The refusal of who puts a device into a group that is part of another's scope.</summary>
    public static Refusal Reserved(string group) => new(
        RefusalKind.Forbidden,
        $"The group '{group}' is part of another policy's scope: a policy without a scope puts devices into it.");

    // Whoever is in the narrower audience is in the own one as well.
    private static bool IsWithin(AudienceQuery other, AudienceQuery own) => own.IsGroups && own.Groups.All(other.Groups.Contains);
}
