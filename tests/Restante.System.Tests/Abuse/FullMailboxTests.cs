using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Restante.Amqp.Messaging;
using Restante.Client.Amqp;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// A mailbox that holds as much as it may refuses more, says so on each protocol, and takes mail again once something was taken out.
/// </summary>
public sealed class FullMailboxTests
{
    private const int Depth = 5;

    [Theory]
    [InlineData("Mailboxes:MaxDepth=5", 10)]
    [InlineData("Mailboxes:MaxBytes=6000", 1_000)]
    public async Task A_full_mailbox_refuses_and_others_do_not(string limit, int size)
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync("--set", limit, "--set", "Limits:MaxMessageBytes=4096");
        await using Witness witness = await Witness.StartAsync(gateway);
        await witness.WorkDuringAsync(async () =>
        {
            string key = await gateway.CreateDeviceAsync("full");
            await using var network = new NetworkHost();
            await using AmqpClient service = await AmqpClient.ConnectAsync(network, gateway.ServiceEndpoint(), "sender", CancellationToken.None);
            AmqpSender sender = await service.OpenSenderAsync("devices/full", CancellationToken.None);
            for (int i = 0; i < Depth; i++)
                Assert.IsType<Accepted>(await SendAsync(sender, i, size));

            for (int i = 0; i < 20; i++)
            {
                Rejected refused = Assert.IsType<Rejected>(await SendAsync(sender, 99, size));
                Assert.Equal("amqp:resource-limit-exceeded", refused.Error!.Condition.Value);
                using HttpResponseMessage response = await gateway.Http.PostAsync(
                    "/v1/devices/full/commands", GatewayProcess.Json($$"""{"body":"{{new string('y', size)}}"}"""));
                Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
                Assert.NotNull(response.Headers.RetryAfter);
                using JsonDocument problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
                Assert.Equal("mailbox-full", problem.RootElement.GetProperty("kind").GetString());
            }

            // One is taken: there is room for one.
            await using AmqpClient device = await AmqpClient.ConnectAsync(network, gateway.AmqpEndpoint("full", key), "full", CancellationToken.None);
            AmqpReceiver mailbox = await device.OpenReceiverAsync("mailbox", 1, CancellationToken.None);
            AmqpReceived first = await mailbox.ReceiveAsync(CancellationToken.None).AsTask().WaitAsync(Wire.Patience);
            Assert.StartsWith("0", Encoding.ASCII.GetString(first.Message.Data.Span), StringComparison.Ordinal);
            first.Accept();
            await Reading.OutcomesAsync(gateway, "full", 1);
            Assert.IsType<Accepted>(await SendAsync(sender, Depth, size));
            Assert.IsType<Rejected>(await SendAsync(sender, 99, size));
        });
    }

    private static Task<DeliveryState?> SendAsync(AmqpSender sender, int number, int size)
    {
        string text = number.ToString(CultureInfo.InvariantCulture).PadRight(size, '.');
        AmqpMessage message = AmqpMessage.FromData(Encoding.ASCII.GetBytes(text));
        message.Properties = new MessageProperties { MessageId = number.ToString(CultureInfo.InvariantCulture) };
        return sender.SendAsync(message).WaitAsync(Wire.Patience);
    }
}
