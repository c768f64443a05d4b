using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>An answer to an inquiry.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AnswerCreation : MessageWish
{
    /// <inheritdoc/>
    public override string ToString() => "(answer)";
}
