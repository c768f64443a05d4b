using Restante.Core.Refusals;

namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>A pair of a refusal and a protocol: a situation that provokes it there, or why none can.</summary>
internal sealed record RefusalCase
{
    private RefusalCase()
    {
    }

    public required RefusalKind Kind { get; init; }

    public required Dialect Dialect { get; init; }

    /// <summary>The situation, or why there is none.</summary>
    public required string What { get; init; }

    /// <summary>The answer that is expected; null where the pair cannot occur.</summary>
    public string? Answer { get; private init; }

    /// <summary>Brings the situation about over the wire; null where the pair cannot occur.</summary>
    public Func<Scene, Task<Refused>>? ProvokeAsync { get; private init; }

    /// <summary>How the test is called.</summary>
    public string Name => $"{NameOf(Kind)} on {Dialect}: {What}";

    public static RefusalCase Of(RefusalKind kind, Dialect dialect, string what, string answer, Func<Scene, Task<Refused>> provoke) =>
        new() { Kind = kind, Dialect = dialect, What = what, Answer = answer, ProvokeAsync = provoke };

    public static RefusalCase Never(RefusalKind kind, Dialect dialect, string why) => new() { Kind = kind, Dialect = dialect, What = why };

    /// <summary>The name of a kind, as the documentation and HTTP have it.</summary>
    public static string NameOf(RefusalKind kind) =>
        string.Concat(kind.ToString().Select(static (c, i) => char.IsUpper(c) && i > 0 ? "-" + c : c.ToString())).ToLowerInvariant();
}
