using System.CommandLine;

namespace Restante.Server.Configuration;

/// <summary><c>restante configuration</c>: prints the page of all settings.</summary>
internal static class ConfigurationCommand
{
    public static Command Create()
    {
        var command = new Command("configuration", "Print every setting with its default, range and meaning, in Markdown.");
        command.SetAction(_ => Console.Out.Write(ConfigurationPage.Write()));
        return command;
    }
}
