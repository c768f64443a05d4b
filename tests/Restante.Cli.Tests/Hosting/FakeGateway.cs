using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Restante.Cli.Tests.Hosting;

/// <summary>Answers requests from a list and remembers them.</summary>
internal sealed class FakeGateway : HttpMessageHandler
{
    private readonly ConcurrentQueue<Func<HttpResponseMessage>> _answers = new();

    public ConcurrentQueue<(string Method, string Path, string? Authorization, string? Body)> Requests { get; } = new();

    public void Answer(HttpStatusCode status, string body, string mediaType = "application/json", int? retryAfter = null) =>
        _answers.Enqueue(() =>
        {
            var response = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, mediaType) };
            if (retryAfter is int seconds)
                response.Headers.TryAddWithoutValidation("Retry-After", $"{seconds}");
            return response;
        });

    public void Fail(Exception exception) => _answers.Enqueue(() => throw exception);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string? authorization = request.Headers.TryGetValues("Authorization", out IEnumerable<string>? values) ? values.Single() : null;
        string? body = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Enqueue((request.Method.Method, request.RequestUri!.PathAndQuery, authorization, body));
        return _answers.TryDequeue(out Func<HttpResponseMessage>? answer) ? answer() : throw new HttpRequestException("nothing left to say");
    }
}
