using Microsoft.AspNetCore.Http;
using Restante.Core.Refusals;
using Restante.Heads.Http.Endpoints;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Description;

/// <summary>Which refusals an endpoint can answer with.</summary>
internal static class ProblemAnswers
{
    // Every endpoint with credentials can be refused these: by admission, for its query, or by the store.
    private static readonly RefusalKind[] s_always =
        [RefusalKind.Malformed, RefusalKind.Unauthorized, RefusalKind.Forbidden, RefusalKind.Throttled, RefusalKind.Unavailable];

    /// <summary>The statuses, each with the kinds that lead to it.</summary>
    public static SortedDictionary<int, List<string>> Of(EndpointCard card)
    {
        var answers = new SortedDictionary<int, List<string>>();
        foreach (RefusalKind kind in card.NeedsCaller ? s_always.Concat(card.Refusals).Distinct() : card.Refusals)
            Add(RefusalMap.StatusOf(kind), RefusalMap.NameOf(kind));
        if (card.IsConditional)
            Add(StatusCodes.Status412PreconditionFailed, RefusalMap.NameOf(RefusalKind.Conflict));
        return answers;

        void Add(int status, string kind)
        {
            if (!answers.TryGetValue(status, out List<string>? kinds))
                answers.Add(status, kinds = []);
            kinds.Add(kind);
        }
    }
}
