using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Heads.Amqp.Tests.Peers;

/// <summary>A pair of links for requests and their answers.</summary>
internal sealed class Requester(Line requests, Line replies)
{
    private ulong _ids;

    public Line Requests { get; } = requests;

    public Line Replies { get; } = replies;

    /// <summary>Asks with these properties and this body, and returns the answer, which must be the one to this request.</summary>
    public async Task<Reply> AskAsync(object? body, params (string Name, object? Value)[] properties)
    {
        ulong id = ++_ids;
        AmqpMessage request = body is ReadOnlyMemory<byte> data ? AmqpMessage.FromData(data) : AmqpMessage.FromValue(body);
        request.Properties = new MessageProperties { MessageId = id };
        request.ApplicationProperties = [];
        foreach ((string name, object? value) in properties)
            request.ApplicationProperties.Add(name, value);
        Assert.Same(Accepted.Instance, await Requests.SendAsync(request));
        Mail answer = await Replies.MailAsync();
        Assert.Equal(id, answer.Message.Properties!.CorrelationId);
        return new Reply((int)answer.Property("statusCode")!, (string)answer.Property("statusDescription")!, answer);
    }

    public Task<Reply> AskAsync(string operation, string type, string? name = null, object? body = null, string? identity = null) =>
        AskAsync(body, ("operation", operation), ("type", type), ("name", name), ("identity", identity));
}

/// <summary>An answer.</summary>
internal sealed record Reply(int Status, string Description, Mail Mail)
{
    public object? this[string member] => ((AmqpMap)Mail.Message.Value!)[member];

    public List<AmqpMap> Items => [.. ((IEnumerable<object?>)this["items"]!).Cast<AmqpMap>()];
}
