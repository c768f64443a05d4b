using System.CommandLine;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante device credential</c>, and the same options for a new device.</summary>
internal static class CredentialCommand
{
    private const string Any = "any";

    public static Command Create(CommandFrame frame)
    {
        var device = new Argument<string>("DEVICE") { Description = "The device's id." };
        var slot = new Argument<string?>("SLOT")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "primary or secondary; without it both are shown.",
        };
        slot.AcceptOnlyFromAmong("primary", "secondary");
        var key = new Option<bool>("--new-key") { Description = "Give it a new key. Show it with 'restante device keys show'." };
        Option<string?> thumbprint = Thumbprint(), authority = Authority();
        var none = new Option<bool>("--none") { Description = "Empty the slot." };
        var command = new Command(
            "credential", "Shows the credentials of a device, or changes one. Connections that used the old one are closed.")
        {
            device, slot, key, thumbprint, authority, none,
        };
        command.Validators.Add(result =>
        {
            int given = new Option[] { key, thumbprint, authority, none }.Count(o => result.GetResult(o) is not null);
            bool changes = result.GetResult(slot)?.Tokens.Count > 0;
            if (given != (changes ? 1 : 0))
                result.AddError("Give a slot with one of --new-key, --thumbprint, --authority and --none; or no slot to see both.");
        });
        frame.Handle(command, async (call, cancellation) =>
        {
            string path = CommandCall.DevicePath(call.Parsed.GetRequiredValue(device)) + "/credentials";
            if (call.Parsed.GetValue(slot) is not string which)
            {
                Report(call.Report, await call.Client.GetAsync(path, RestanteJson.Plain.CredentialsView, cancellation));
                return ExitCode.Done;
            }

            DeviceCredential wish = Read(call.Parsed, thumbprint, authority)
                ?? new DeviceCredential { Kind = call.Parsed.GetValue(none) ? "none" : "key" };
            HttpContent body = CommandCall.Json(wish, RestanteJson.Plain.DeviceCredential);
            Report(call.Report, await call.Client.RequestAsync(
                HttpMethod.Put, $"{path}/{which}", body, RestanteJson.Plain.CredentialsView, cancellation));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The option for the certificate that a device has.</summary>
    public static Option<string?> Thumbprint() => new("--thumbprint")
    {
        HelpName = "SHA256",
        Description = "The SHA-256 of the certificate that it has, in hexadecimal digits.",
    };

    /// <summary>The option for the authority that signs for a device.</summary>
    public static Option<string?> Authority() => new("--authority")
    {
        HelpName = "NAME",
        Description = $"The authority that signs its certificates, or '{Any}' for any that is registered.",
    };

    /// <summary>What the options say; null when neither is given.</summary>
    public static DeviceCredential? Read(ParseResult parsed, Option<string?> thumbprint, Option<string?> authority)
    {
        if (parsed.GetValue(thumbprint) is string hash)
            return new DeviceCredential { Kind = "thumbprint", Thumbprint = hash };
        return parsed.GetValue(authority) is string name
            ? new DeviceCredential { Kind = "authority", Authority = name == Any ? null : name }
            : null;
    }

    private static void Report(Report report, CredentialsView credentials)
    {
        report.Facts(
            credentials,
            RestanteJson.Plain.CredentialsView,
            ("device", credentials.Id),
            ("primary", Words(credentials.Primary)),
            ("secondary", Words(credentials.Secondary)));
    }

    /// <summary>A credential in words; of a key only that it is one.</summary>
    public static string Words(DeviceCredential credential) => credential switch
    {
        { Kind: "thumbprint" } => $"certificate {credential.Thumbprint}",
        { Kind: "authority", Authority: null } => "certificate signed by any authority",
        { Kind: "authority" } => $"certificate signed by authority {credential.Authority}",
        _ => credential.Kind ?? "none",
    };
}
