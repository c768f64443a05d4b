using System.CommandLine;
using System.CommandLine.Parsing;
using Restante.Cli.Commands;
using Restante.Cli.Connecting;

namespace Restante.Cli;

/// <summary>The commands for operators and developers. They talk to a running gateway over HTTPS.</summary>
public static class CliCommands
{
    /// <summary>Makes the commands, to be added to the program's root command.</summary>
    public static IReadOnlyList<Command> Create() => Create(CliSurroundings.OfProcess());

    /// <summary>
    /// Runs the program's command line. Mistakes in it are told on the error stream and exit with <see cref="ExitCode.Usage"/>; words that
    /// begin with <c>@</c> are taken as they are.
    /// </summary>
    /// <param name="root">The root command with all commands.</param>
    /// <param name="args">The words of the command line.</param>
    /// <param name="configuration">Where output goes; the console when null.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(RootCommand root, IReadOnlyList<string> args, InvocationConfiguration? configuration = null)
    {
        configuration ??= new InvocationConfiguration();
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count == 0 || parsed.Action is not System.CommandLine.Invocation.ParseErrorAction)
            return await parsed.InvokeAsync(configuration);
        foreach (ParseError error in parsed.Errors)
            await configuration.Error.WriteLineAsync(error.Message);
        await configuration.Error.WriteLineAsync($"Try '{PathOf(parsed.CommandResult, root)} --help'.");
        return (int)ExitCode.Usage;
    }

    internal static IReadOnlyList<Command> Create(CliSurroundings surroundings)
    {
        var options = new CommonOptions();
        var frame = new CommandFrame(surroundings, options);
        Command[] commands =
        [
            DeviceCommands.Create(frame),
            PolicyCommands.Create(frame),
            AuthorityCommands.Create(frame),
            EnrolmentCommands.Create(frame),
            IssuerCommands.Create(frame),
            SendCommand.Create(frame),
            CancelCommand.Create(frame),
            ReportsCommand.Create(frame),
            NotifyCommand.Create(frame),
            NotificationCommands.Create(frame),
            StateCommand.Create(frame),
            DeadLetterCommands.Create(frame),
            JobCommands.Create(frame),
            WatchCommand.Create(frame),
            MailboxCommand.Create(frame),
            WhyCommand.Create(frame),
            HistoryCommand.Create(frame),
            AuditCommands.Create(frame),
            HealthCommand.Create(frame),
        ];
        foreach (Command command in commands)
            options.AddTo(command);
        return commands;
    }

    private static string PathOf(CommandResult result, RootCommand root)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = result; at is CommandResult command && command.Command != root; at = at.Parent)
            names.Push(command.Command.Name);
        names.Push("restante");
        return string.Join(' ', names);
    }
}
