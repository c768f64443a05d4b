using Restante.Core.Access;
using Restante.Core.Refusals;

namespace Restante.Core.Telemetry;

/// <content>What services look at and remove: the groups of their scopes; others are like none.</content>
public sealed partial class ConsumerGroups
{
    /// <summary>The names of the groups of a service, in ordinal order. Refusals: unavailable.</summary>
    public async ValueTask<Result<IReadOnlyList<string>>> ListAsync(ServicePrincipal by)
    {
        Result<IReadOnlyList<string>> listed = await ListAsync();
        return listed.IsSuccess ? Result.Success<IReadOnlyList<string>>([.. listed.Value.Where(by.ReadsGroup)]) : listed;
    }

    /// <summary>How a group stands, for a service. Refusals: not-found, unavailable.</summary>
    public async ValueTask<Result<ConsumerGroupInfo>> FindAsync(ServicePrincipal by, string group) =>
        by.ReadsGroup(group) ? await FindAsync(group) : NotFound();

    /// <summary>
    /// Removes a group with its checkpoints, for a service; readers are ended by an administrator only. Refusals: not-found, conflict (it
    /// has readers), unavailable.
    /// </summary>
    public async ValueTask<Result<bool>> RemoveAsync(ServicePrincipal by, string group) =>
        by.ReadsGroup(group) ? await RemoveAsync(group, endReaders: by.Holds(Rights.Admin)) : NotFound();

    private static Refusal Foreign(ServicePrincipal service, string group) => new(
        RefusalKind.Forbidden,
        service.Scope?.Groups is null
            ? $"What a reader passes over is read for its whole group: the scope of '{service.Name}' has to name the group '{group}'."
            : $"The consumer group '{group}' is outside the scope of the policy '{service.Name}'.");
}
