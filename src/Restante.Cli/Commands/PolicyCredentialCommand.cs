using System.CommandLine;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante policy credential</c>.</summary>
internal static class PolicyCredentialCommand
{
    public static Command Create(CommandFrame frame)
    {
        var name = new Argument<string>("NAME") { Description = "The policy's name." };
        var slot = new Argument<string>("SLOT") { Description = "primary or secondary." };
        slot.AcceptOnlyFromAmong("primary", "secondary");
        var key = new Option<bool>("--new-key") { Description = "Give it a new key, and show it." };
        Option<string?> thumbprint = CredentialCommand.Thumbprint();
        var none = new Option<bool>("--none") { Description = "Empty the slot." };
        var command = new Command(
            "credential", "Gives a policy another credential. Connections that used the old one of the slot are closed.")
        {
            name, slot, key, thumbprint, none,
        };
        command.Validators.Add(result =>
        {
            if (new Option[] { key, thumbprint, none }.Count(o => result.GetResult(o) is not null) != 1)
                result.AddError("Give one of --new-key, --thumbprint and --none.");
        });
        frame.Handle(command, async (call, cancellation) =>
        {
            string which = call.Parsed.GetRequiredValue(slot);
            string path = $"/v1/policies/{Uri.EscapeDataString(call.Parsed.GetRequiredValue(name))}/credentials/{which}";
            var wish = new DeviceCredential
            {
                Kind = call.Parsed.GetValue(none) ? "none" : call.Parsed.GetValue(key) ? "key" : "thumbprint",
                Thumbprint = call.Parsed.GetValue(thumbprint),
            };
            HttpContent body = CommandCall.Json(wish, RestanteJson.Plain.DeviceCredential);
            CredentialsView held = await call.Client.RequestAsync(
                HttpMethod.Put, path, body, RestanteJson.Plain.CredentialsView, cancellation);
            if (call.Report.IsJson)
            {
                call.Report.Json(held, RestanteJson.Plain.CredentialsView);
                return ExitCode.Done;
            }

            call.Report.Facts(
            [
                ("policy", held.Id),
                ("primary", CredentialCommand.Words(held.Primary)),
                ("secondary", CredentialCommand.Words(held.Secondary)),
                ("key", held.Primary.Key ?? held.Secondary.Key),
            ]);
            if (call.Parsed.GetValue(key))
                call.Report.Note("Keep the key: it is not shown again.");
            return ExitCode.Done;
        });
        return command;
    }
}
