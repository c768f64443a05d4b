using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Restante.Contracts;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>Letters in requests and answers of the REST interface.</summary>
internal static class HttpsLetter
{
    /// <summary>A request that sends it as a raw body with headers.</summary>
    public static HttpRequestMessage Raw(string path, Letter letter)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(letter.Body) };
        if (letter.ContentType is not null)
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(letter.ContentType);
        if (letter.ContentEncoding is not null)
            request.Content.Headers.ContentEncoding.Add(letter.ContentEncoding);
        Add("X-Restante-Message-Id", letter.MessageId);
        Add("X-Restante-Correlation-Id", letter.CorrelationId as string);
        Add("X-Restante-Subject", letter.Subject);
        foreach ((string name, object? value) in letter.Properties)
            Add("X-Restante-Property-" + name, (string)value!);
        return request;

        void Add(string name, string? value)
        {
            if (value is not null)
                Assert.True(request.Headers.TryAddWithoutValidation(name, value), name);
        }
    }

    /// <summary>The members of a message wrapped in JSON, with further ones.</summary>
    public static string Json(Letter letter, Dictionary<string, object?> further)
    {
        var members = new Dictionary<string, object?>(further)
        {
            ["bodyBase64"] = Convert.ToBase64String(letter.Body),
            ["contentType"] = letter.ContentType,
            ["messageId"] = letter.MessageId,
            ["correlationId"] = letter.CorrelationId,
            ["subject"] = letter.Subject,
            ["properties"] = letter.Properties,
        };
        return JsonSerializer.Serialize(members.Where(static m => m.Value is not null).ToDictionary());
    }

    public static Letter Read(MessageParts message) => new()
    {
        Body = message.BodyBase64 is string base64 ? Convert.FromBase64String(base64)
            : message.Body is { ValueKind: JsonValueKind.String } text ? Encoding.UTF8.GetBytes(text.GetString()!)
            : Encoding.UTF8.GetBytes(message.Body!.Value.GetRawText()),
        ContentType = message.ContentType,
        ContentEncoding = message.ContentEncoding,
        CorrelationId = message.CorrelationId,
        Subject = message.Subject,
        MessageId = message.MessageId,
        Properties = (message.Properties ?? new Dictionary<string, string>()).ToDictionary(static p => p.Key, static p => (object?)p.Value),
    };
}
