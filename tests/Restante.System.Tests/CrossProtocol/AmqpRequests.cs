using System.Globalization;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Client.Amqp;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>Requests to an address that answers.</summary>
internal sealed class AmqpRequests(AmqpClient client, string address)
{
    private AmqpReceiver? _answers;
    private AmqpSender? _requests;
    private int _number;

    /// <summary>Makes a request and waits for its answer; what comes unasked is passed over.</summary>
    public async Task<AmqpMessage> SendAsync(Dictionary<string, object> properties, object? body, CancellationToken cancellation)
    {
        _answers ??= await client.OpenReceiverAsync(address, 10, cancellation);
        _requests ??= await client.OpenSenderAsync(address, cancellation);
        string id = (++_number).ToString(CultureInfo.InvariantCulture);
        AmqpMessage request = AmqpMessage.FromValue(body);
        request.Properties = new MessageProperties { MessageId = id };
        request.ApplicationProperties = new AmqpMap();
        foreach ((string name, object value) in properties)
            request.ApplicationProperties.Add(name, value);
        Assert.IsType<Accepted>(await _requests.SendAsync(request).WaitAsync(cancellation));
        while (true)
        {
            AmqpReceived answer = await _answers.ReceiveAsync(cancellation);
            Assert.True(answer.Accept());
            if (id.Equals(answer.Message.Properties?.CorrelationId))
                return answer.Message;
        }
    }
}
