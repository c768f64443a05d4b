using System.CommandLine;
using Restante.Cli;
using Restante.Server.Configuration;
using Restante.Server.Demo;
using Restante.Server.Serving;

var root = new RootCommand("Restante, a messaging gateway for devices in the field.")
{
    ServeCommand.Create(),
    DemoCommand.Create(),
    ConfigurationCommand.Create(),
};
foreach (Command command in CliCommands.Create())
    root.Subcommands.Add(command);

ParseResult parsed = root.Parse(args);

// A gateway looks after signals itself: it drains. The other commands just end.
bool drains = parsed.CommandResult.Command.Name is "serve" or "demo";
return await parsed.InvokeAsync(drains ? new InvocationConfiguration { ProcessTerminationTimeout = null } : null);
