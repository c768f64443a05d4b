using System.CommandLine;
using Restante.Bench;
using Restante.Cli;
using Restante.Server.Configuration;
using Restante.Server.Demo;
using Restante.Server.Serving;

var root = new RootCommand("Restante, a messaging gateway for devices in the field.")
{
    ServeCommand.Create(),
    DemoCommand.Create(),
};
foreach (Command command in CliCommands.Create())
    root.Subcommands.Add(command);
root.Subcommands.Add(ConfigurationCommand.Create());
root.Subcommands.Add(BenchCommands.Create());

// A gateway looks after signals itself: it drains. The other commands just end.
bool drains = args is ["serve" or "demo", ..];
return await CliCommands.RunAsync(root, args, drains ? new InvocationConfiguration { ProcessTerminationTimeout = null } : null);
