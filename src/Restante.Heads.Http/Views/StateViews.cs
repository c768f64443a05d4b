using System.Text.Json;
using Restante.Contracts;
using Restante.Core.States;

namespace Restante.Heads.Http.Views;

/// <summary>State documents as the interface shows them.</summary>
internal static class StateViews
{
    public static StateView Of(StateDocument document) => new()
    {
        Desired = Of(document.Desired),
        Reported = Of(document.Reported),
        Tags = document.Tags is null ? null : Json(document.Tags),
    };

    public static StatePartView Of(StateContent content) => new()
    {
        Version = content.Version,
        ChangedAt = content.ChangedAtMs == 0 ? null : Times.Of(content.ChangedAtMs),
        Content = Json(content.Json),
    };

    /// <summary>A JSON text that the core has checked.</summary>
    public static JsonElement Json(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <inheritdoc cref="Json(string)"/>
    public static JsonElement Json(ReadOnlyMemory<byte> text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
