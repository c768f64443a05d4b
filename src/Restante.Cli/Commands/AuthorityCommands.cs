using System.CommandLine;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante authority</c>.</summary>
internal static class AuthorityCommands
{
    private const int MaxFileBytes = 64 * 1024 * 1024;

    private const string Description = "Registers, verifies and removes the certificate authorities that sign for devices.";

    public static Command Create(CommandFrame frame) => new("authority", Description)
    {
        Add(frame),
        Verify(frame),
        List(frame),
        RevocationList(frame),
        Remove(frame),
    };

    private static Argument<string> Name() => new("NAME") { Description = "The authority's name." };

    private static Argument<FileInfo> File(string description) => new("FILE") { Description = description };

    private static Command Add(CommandFrame frame)
    {
        Argument<string> name = Name();
        Argument<FileInfo> file = File("Its certificate as PEM.");
        var command = new Command("add", "Registers an authority and shows its verification code.") { name, file };
        frame.Handle(command, async (call, cancellation) =>
        {
            var wish = new AuthorityCreation { Name = call.Parsed.GetValue(name), Certificate = Text(call.Parsed.GetRequiredValue(file)) };
            HttpContent body = CommandCall.Json(wish, RestanteJson.Plain.AuthorityCreation);
            AuthorityView added = await call.Client.RequestAsync(
                HttpMethod.Post, "/v1/authorities", body, RestanteJson.Plain.AuthorityView, cancellation);
            Show(call.Report, added);
            call.Report.Note(
                $"Not trusted yet: let it sign a certificate with the common name {added.VerificationCode}, "
                + $"then 'restante authority verify {added.Name} FILE'.");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Verify(CommandFrame frame)
    {
        Argument<string> name = Name();
        Argument<FileInfo> file = File("The certificate that it signed for the verification code, as PEM.");
        var command = new Command("verify", "Proves possession of an authority's key; from then on it is trusted.") { name, file };
        frame.Handle(command, async (call, cancellation) =>
        {
            var proof = new PossessionProof { Certificate = Text(call.Parsed.GetRequiredValue(file)) };
            HttpContent body = CommandCall.Json(proof, RestanteJson.Plain.PossessionProof);
            string path = PathOf(call.Parsed.GetRequiredValue(name)) + "/verify";
            Show(call.Report, await call.Client.RequestAsync(HttpMethod.Post, path, body, RestanteJson.Plain.AuthorityView, cancellation));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command List(CommandFrame frame)
    {
        var command = new Command("list", "Lists the authorities.");
        frame.Handle(command, async (call, cancellation) =>
        {
            AuthorityPage page = await call.Client.GetAsync("/v1/authorities", RestanteJson.Plain.AuthorityPage, cancellation);
            if (call.Report.IsJson)
            {
                call.Report.JsonList(page.Items, RestanteJson.Plain.AuthorityView);
            }
            else
            {
                call.Report.Table(
                    ["AUTHORITY", "TRUSTED", "VALID UNTIL", "REVOKED", "NEXT LIST", "SUBJECT"],
                    page.Items.Select(a => (string?[])[
                        a.Name, a.Verified ? "yes" : "no", Report.Time(a.NotAfter), Report.Number(a.RevocationList?.Count),
                        Report.Time(a.RevocationList?.NextUpdate), a.Subject]),
                    "There are no authorities. Register one with 'restante authority add NAME FILE'.");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command RevocationList(CommandFrame frame)
    {
        Argument<string> name = Name();
        Argument<FileInfo> file = File("The list, in PEM or DER.");
        var command = new Command(
            "crl", "Puts a newer revocation list of an authority. Connections of certificates that it names are closed.")
        {
            name, file,
        };
        frame.Handle(command, async (call, cancellation) =>
        {
            using var body = new ByteArrayContent(Bytes(call.Parsed.GetRequiredValue(file)));
            body.Headers.ContentType = new("application/pkix-crl");
            string path = PathOf(call.Parsed.GetRequiredValue(name)) + "/revocation-list";
            Show(call.Report, await call.Client.RequestAsync(HttpMethod.Put, path, body, RestanteJson.Plain.AuthorityView, cancellation));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Remove(CommandFrame frame)
    {
        Argument<string> name = Name();
        var command = new Command("remove", "Removes an authority. Connections that rest on its certificates are closed.") { name };
        frame.Handle(command, async (call, cancellation) =>
        {
            string authority = call.Parsed.GetRequiredValue(name);
            (await call.Client.SendAsync(HttpMethod.Delete, PathOf(authority), null, TimeSpan.Zero, cancellation)).Dispose();
            call.Report.Note($"Removed {authority}.");
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Report report, AuthorityView authority)
    {
        report.Facts(
            authority,
            RestanteJson.Plain.AuthorityView,
            ("authority", authority.Name),
            ("subject", authority.Subject),
            ("thumbprint", authority.Thumbprint),
            ("valid until", Report.Time(authority.NotAfter)),
            ("trusted", authority.Verified ? "yes" : "no"),
            ("verification code", authority.VerificationCode),
            ("revoked", Report.Number(authority.RevocationList?.Count)),
            ("next list", Report.Time(authority.RevocationList?.NextUpdate)));
    }

    private static string PathOf(string authority) => "/v1/authorities/" + Uri.EscapeDataString(authority);

    private static string Text(FileInfo file) => System.Text.Encoding.UTF8.GetString(Bytes(file));

    private static byte[] Bytes(FileInfo file)
    {
        try
        {
            return file.Length <= MaxFileBytes
                ? System.IO.File.ReadAllBytes(file.FullName)
                : throw new CliFailureException(ExitCode.Usage, $"{file} is larger than {MaxFileBytes} bytes.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailureException(ExitCode.Usage, $"{file} cannot be read: {e.Message}");
        }
    }
}
