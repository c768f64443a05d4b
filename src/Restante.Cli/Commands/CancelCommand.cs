using System.CommandLine;

namespace Restante.Cli.Commands;

/// <summary><c>restante cancel</c>.</summary>
internal static class CancelCommand
{
    public static Command Create(CommandFrame frame)
    {
        var id = new Argument<string>("COMMAND") { Description = "The command's id, as it was given when it was sent." };
        var command = new Command("cancel", "Takes a command back that the device does not have in hand. It ends as cancelled.") { id };
        frame.Handle(command, async (call, cancellation) =>
        {
            string cancelled = call.Parsed.GetRequiredValue(id);
            string path = "/v1/commands/" + Uri.EscapeDataString(cancelled);
            (await call.Client.SendAsync(HttpMethod.Delete, path, null, TimeSpan.Zero, cancellation)).Dispose();
            call.Report.Note($"Cancelled {cancelled}.");
            return ExitCode.Done;
        });
        return command;
    }
}
