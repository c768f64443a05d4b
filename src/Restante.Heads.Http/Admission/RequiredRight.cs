using Restante.Core.Access;

namespace Restante.Heads.Http.Admission;

/// <summary>Metadata of an endpoint: what its caller must be allowed.</summary>
internal sealed record RequiredRight(Rights Right);
