namespace Restante.Heads.Http.Tests.Fuzzing;

/// <summary>Who makes a request.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Authorization">The header.</param>
/// <param name="Device">The device that it is; null for a service or a stranger.</param>
internal sealed record Visitor(string Name, string Authorization, string? Device);
