using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Restante.Net;
using Restante.Server.Configuration;
using Restante.Server.Hosting;
using Restante.Server.Serving;

namespace Restante.Server.Demo;

/// <summary>
/// <c>restante demo</c>: a gateway, a small fleet of real clients over TLS, and what happens between them, told in plain lines.
/// </summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var data = new Option<string?>("--data") { Description = "The data directory; a fresh temporary one when left out." };
        var exit = new Option<bool>("--exit") { Description = "End after the story instead of staying up." };
        var command = new Command(
            "demo", "Start a gateway with a small fleet and watch what happens; then try your own clients on it.") { data, exit };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(data), parsed.GetValue(exit), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string? data, bool exit, CancellationToken cancellation)
    {
        bool temporary = data is null;
        string directory = data ?? Directory.CreateTempSubdirectory("restante-demo-").FullName;
        using ILoggerFactory loggers = Logging.Create(new LogOptions { Level = LogLevel.Warning });
        using var stop = new StopSignal(cancellation);
        try
        {
            await using GatewayHost gateway = await GatewayHost.StartAsync(Options(directory), loggers, TimeProvider.System);
            await using var network = new NetworkHost(TimeProvider.System, loggers);
            var narrator = new Narrator(Console.Out);
            using var ending = new CancellationTokenSource();
            await using var story = new Story(gateway, network, narrator, ending.Token);
            Task told = story.TellAsync();
            if (await Task.WhenAny(told, stop.WaitAsync()) == told)
                await told;
            if (!exit && !stop.WaitAsync().IsCompleted)
            {
                await Invitation.PrintAsync(Console.Out, gateway);
                await stop.WaitAsync();
            }

            await ending.CancelAsync();
            return 0;
        }
        catch (ConfigurationException e)
        {
            await Console.Error.WriteLineAsync($"restante: {e.Message}");
            return ServeCommand.ConfigurationFault;
        }
        finally
        {
            if (temporary)
                Directory.Delete(directory, recursive: true);
        }
    }

    private static ServerOptions Options(string directory)
    {
        var listen = new Configuration.ListenOptions();
        return new ServerOptions
        {
            Data = directory,
            Listen = listen with { Amqp = FreeOr(listen.Amqp), Mqtt = FreeOr(listen.Mqtt), Https = FreeOr(listen.Https) },
        };
    }

    // The usual port when nobody has it, else any.
    private static int FreeOr(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.IPv6Any, port);
            probe.Server.DualMode = true;
            probe.Start();
            return port;
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
