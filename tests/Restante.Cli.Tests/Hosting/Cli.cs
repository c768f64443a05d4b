using System.CommandLine;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Cli.Tests.Hosting;

/// <summary>Runs command lines with surroundings made for a test.</summary>
internal sealed class Cli
{
    public Dictionary<string, string> Environment { get; } = [];

    public string WorkingDirectory { get; init; } = Path.GetTempPath();

    public bool IsTerminal { get; init; }

    public string Input { get; init; } = string.Empty;

    public Func<X509Certificate2Collection?, HttpMessageHandler> NewHandler { get; init; } = CliSurroundings.NewSocketsHandler;

    public async Task<(int Code, string Out, string Error)> RunAsync(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var surroundings = new CliSurroundings
        {
            Out = TextWriter.Synchronized(output),
            Error = TextWriter.Synchronized(error),
            In = new StringReader(Input),
            OpenIn = () => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Input)),
            IsTerminal = IsTerminal,
            ErrorIsTerminal = IsTerminal,
            Environment = name => Environment.GetValueOrDefault(name),
            WorkingDirectory = WorkingDirectory,
            Time = TimeProvider.System,
            NewHandler = NewHandler,
        };
        var root = new RootCommand("test");
        foreach (Command command in CliCommands.Create(surroundings))
            root.Subcommands.Add(command);
        int code = await CliCommands.RunAsync(root, args, new InvocationConfiguration { Output = output, Error = error }).WaitAsync(TimeSpan.FromMinutes(1));
        return (code, output.ToString(), error.ToString());
    }
}
