using System.CommandLine;
using Restante.Server.Configuration;
using Restante.Server.Demo;
using Restante.Server.Serving;

var root = new RootCommand("Restante, a messaging gateway for devices in the field.")
{
    ServeCommand.Create(),
    DemoCommand.Create(),
    ConfigurationCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
