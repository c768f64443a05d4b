using Restante.Core.Refusals;

namespace Restante.Heads.Http.Problems;

/// <summary>The request cannot be read, or may not be any more. It costs this request; <see cref="ProblemFrame"/> answers it.</summary>
internal sealed class MalformedRequestException : Exception
{
    public MalformedRequestException(string message)
        : this(RefusalKind.Malformed, message)
    {
    }

    public MalformedRequestException(RefusalKind kind, string message)
        : base(message) => Refusal = new Refusal(kind, message);

    public MalformedRequestException(Refusal refusal)
        : base(refusal.Message) => Refusal = refusal;

    public Refusal Refusal { get; }
}
