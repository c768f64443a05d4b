using Restante.Core.Access;
using Restante.Heads.Http.Requests;

namespace Restante.Heads.Http.Admission;

/// <summary>Metadata of an endpoint: who may call it, and what its query may hold.</summary>
/// <param name="Name">The id of the operation.</param>
/// <param name="Right">What a service must be allowed; null for an endpoint of devices.</param>
/// <param name="Query">The parameters that it reads; others are refused.</param>
/// <param name="NeedsNoScope">True when a service whose policy has a scope may not call it.</param>
internal sealed record Admittance(string Name, Rights? Right, IReadOnlyList<QueryParameter> Query, bool NeedsNoScope = false);
