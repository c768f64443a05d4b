using System.CommandLine;
using Restante.Cli.Connecting;
using Restante.Cli.Output;

namespace Restante.Cli.Commands;

/// <summary>Stands around every command: makes the client and the output, and turns failures into messages and exit codes.</summary>
internal sealed class CommandFrame(CliSurroundings surroundings, CommonOptions options)
{
    /// <summary>Sets what a command does.</summary>
    public void Handle(Command command, Func<CommandCall, CancellationToken, Task<ExitCode>> action, bool anonymous = false) =>
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                var settings = new ConnectionSettings(surroundings, parsed, options);
                var report = new Report(surroundings, parsed.GetValue(options.Output) == CommonOptions.Json);
                using var call = new CommandCall(parsed, settings, anonymous, report, surroundings);
                return (int)await action(call, cancellation);
            }
            catch (CliFailureException e)
            {
                await surroundings.Error.WriteLineAsync(SafeText.Of(e.Message));
                if (e.Mend is not null)
                    await surroundings.Error.WriteLineAsync(SafeText.Of(e.Mend));
                return (int)e.Code;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                await surroundings.Error.WriteLineAsync("Interrupted.");
                return (int)ExitCode.Refused;
            }
        });
}
