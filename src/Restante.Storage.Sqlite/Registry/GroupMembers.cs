namespace Restante.Storage.Sqlite.Registry;

/// <summary>The members of a group at one moment.</summary>
/// <param name="Group">The group.</param>
/// <param name="Numbers">Their numbers; not to be changed.</param>
/// <param name="AreSorted">True when they stand in the order of their ids.</param>
/// <param name="Change">The last change of the group until then.</param>
internal sealed record GroupMembers(string Group, long[] Numbers, bool AreSorted, long Change);
