using Restante.Server.Configuration;
using Restante.Server.Hosting;

namespace Restante.Server.Serving;

/// <summary>What <c>serve</c> prints when it is ready: where it listens, whom to trust, and what to type next.</summary>
internal static class Greeting
{
    public static void Print(TextWriter output, GatewayHost host)
    {
        GatewayAddresses at = host.Addresses;
        output.WriteLine("Restante is ready.");
        output.WriteLine();
        Listener(output, "AMQP 1.0 over TLS", "amqps://localhost:", at.AmqpPort);
        Listener(output, "MQTT 3.1.1 and 5 over TLS", "mqtts://localhost:", at.MqttPort);
        Listener(output, "HTTPS (REST, health)", "https://localhost:", at.HttpsPort);
        if (host.HasWebSockets)
        {
            Listener(output, "  AMQP in WebSocket", "wss://localhost:", at.HttpsPort, "/amqp");
            Listener(output, "  MQTT in WebSocket", "wss://localhost:", at.HttpsPort, "/mqtt");
        }

        Listener(output, "All of them on one port over TLS", "localhost:", at.AllPort);
        Listener(output, "AMQP without TLS", "amqp://localhost:", at.AmqpPlainPort);
        Listener(output, "MQTT without TLS", "mqtt://localhost:", at.MqttPlainPort);
        output.WriteLine();
        if (host.HasDevelopmentCertificate)
            output.WriteLine($"  Clients trust this CA             {host.Data.CaFile}");
        output.WriteLine($"  The administrator's key           {host.Data.AdminKeyFile}");
        output.WriteLine();
        output.WriteLine("Next, in another terminal:");
        output.WriteLine();
        string data = host.Data.Root == Path.GetFullPath(new ServerOptions().Data) ? string.Empty : $" --data {host.Data.Root}";
        output.WriteLine($"  {Invocation.Program} device add truck-17{data}");
        output.WriteLine($"  {Invocation.Program} send truck-17 'unlock the doors'{data}");
        output.WriteLine();
        output.Flush();
    }

    private static void Listener(TextWriter output, string what, string prefix, int port, string path = "")
    {
        if (port != 0)
            output.WriteLine($"  {what,-33} {prefix}{port}{path}");
    }
}
