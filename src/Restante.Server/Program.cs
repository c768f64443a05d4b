using System.CommandLine;
using Restante.Bench;
using Restante.Cli;
using Restante.Server.Configuration;
using Restante.Server.Demo;
using Restante.Server.Safekeeping;
using Restante.Server.Secrets;
using Restante.Server.Serving;

var root = new RootCommand("Restante, a messaging gateway for devices in the field.")
{
    ServeCommand.Create(),
    DemoCommand.Create(),
};
foreach (Command command in CliCommands.Create())
    root.Subcommands.Add(command);
foreach (Command command in SafekeepingCommands.Create())
    root.Subcommands.Add(command);
root.Subcommands.Add(MasterKeyCommands.Create());
root.Subcommands.Add(ConfigurationCommand.Create());
root.Subcommands.Add(BenchCommands.Create());

// Read by the runtime before the first socket: what a socket brings is handled by the thread that hears of it. Turns are short and wait for
// nobody, and waking another thread costs more than most turns do.
const string Inline = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
if (args is ["serve" or "demo" or "bench", ..] && Environment.GetEnvironmentVariable(Inline) is null)
    Environment.SetEnvironmentVariable(Inline, "1");

// A gateway looks after signals itself: it drains. The other commands just end.
bool drains = args is ["serve" or "demo", ..];
return await CliCommands.RunAsync(root, args, drains ? new InvocationConfiguration { ProcessTerminationTimeout = null } : null);
