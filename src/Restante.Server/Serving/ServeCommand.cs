using System.CommandLine;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Restante.Server.Configuration;
using Restante.Server.Hosting;

namespace Restante.Server.Serving;

/// <summary><c>restante serve</c>: runs a gateway until it is told to stop.</summary>
internal static class ServeCommand
{
    /// <summary>The exit code for a configuration that cannot be used.</summary>
    public const int ConfigurationFault = 78;

    public static Command Create()
    {
        var flags = new ServerFlags();
        var command = new Command("serve", "Run a gateway. Needs no configuration; makes what it lacks on the first start.");
        flags.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(flags, parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ServerFlags flags, ParseResult parsed, CancellationToken cancellation)
    {
        ServerOptions options;
        try
        {
            options = flags.Load(parsed);
        }
        catch (ConfigurationException e)
        {
            await Console.Error.WriteLineAsync($"restante: {e.Message}");
            return ConfigurationFault;
        }

        using ILoggerFactory loggers = Logging.Create(options.Log);
        using var stop = new StopSignal(cancellation);
        try
        {
            await using GatewayHost host = await GatewayHost.StartAsync(options, loggers, TimeProvider.System);
            using PosixSignalRegistration? hangUp = OnHangUp(host);
            Greeting.Print(Console.Out, host);
            string reason = await stop.WaitAsync();
            Log.Stopping(loggers.CreateLogger("Restante.Server"), reason);
            await host.StopAsync("The gateway is shutting down.");
            return 0;
        }
        catch (ConfigurationException e)
        {
            await Console.Error.WriteLineAsync($"restante: {e.Message}");
            return ConfigurationFault;
        }
    }

    private static PosixSignalRegistration? OnHangUp(GatewayHost host) =>
        OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            host.Reload();
        });
}
