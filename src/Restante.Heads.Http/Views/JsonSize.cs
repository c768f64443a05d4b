using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Restante.Contracts;

namespace Restante.Heads.Http.Views;

/// <summary>Measures what something has as JSON.</summary>
internal sealed class JsonSize : IDisposable
{
    private readonly Utf8JsonWriter _json = new(Stream.Null, new JsonWriterOptions { Encoder = RestanteJson.Plain.Options.Encoder });

    /// <summary>How many bytes it has.</summary>
    public int Of<T>(T value, JsonTypeInfo<T> type)
    {
        _json.Reset();
        JsonSerializer.Serialize(_json, value, type);
        return (int)(_json.BytesCommitted + _json.BytesPending);
    }

    public void Dispose() => _json.Dispose();
}
