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
    ConfigurationCommand.Create(),
};
foreach (Command command in CliCommands.Create())
    root.Subcommands.Add(command);
root.Subcommands.Add(BenchCommands.Create());
return await root.Parse(args).InvokeAsync();
