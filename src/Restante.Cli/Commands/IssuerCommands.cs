using System.CommandLine;
using System.Globalization;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante issuer</c>.</summary>
internal static class IssuerCommands
{
    private const string Description =
        "Makes and removes the gateway's own issuers of certificates; shows and revokes what they have issued.";

    public static Command Create(CommandFrame frame) => new("issuer", Description)
    {
        Make(frame),
        List(frame),
        Show(frame),
        Certificates(frame),
        Revoke(frame),
        Remove(frame),
    };

    private static Argument<string> Name() => new("NAME") { Description = "The issuer's name." };

    private static Option<string?> Device(string description) => new("--device") { HelpName = "DEVICE", Description = description };

    private static Command Make(CommandFrame frame)
    {
        Argument<string> name = Name();
        var days = new Option<int?>("--days") { Description = "How long it is valid; 3650 when not given." };
        var command = new Command("create", "Makes an issuer. From then on devices get certificates by asking for them.") { name, days };
        frame.Handle(command, async (call, cancellation) =>
        {
            var wish = new IssuerCreation { Name = call.Parsed.GetValue(name), LifetimeDays = call.Parsed.GetValue(days) };
            HttpContent body = CommandCall.Json(wish, RestanteJson.Plain.IssuerCreation);
            Report(call.Report, await call.Client.RequestAsync(
                HttpMethod.Post, "/v1/issuers", body, RestanteJson.Plain.IssuerView, cancellation));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command List(CommandFrame frame)
    {
        var command = new Command("list", "Lists the issuers.");
        frame.Handle(command, async (call, cancellation) =>
        {
            IssuerPage page = await call.Client.GetAsync("/v1/issuers", RestanteJson.Plain.IssuerPage, cancellation);
            if (call.Report.IsJson)
            {
                call.Report.JsonList(page.Items, RestanteJson.Plain.IssuerView);
            }
            else
            {
                call.Report.Table(
                    ["ISSUER", "ISSUES", "VALID UNTIL", "REVOKED", "NEXT LIST"],
                    page.Items.Select(i => (string?[])[
                        i.Name, i.Current ? "yes" : "no", Output.Report.Time(i.NotAfter), Output.Report.Number(i.RevocationList?.Count),
                        Output.Report.Time(i.RevocationList?.NextUpdate)]),
                    "There are no issuers. Make one with 'restante issuer create NAME'.");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show(CommandFrame frame)
    {
        Argument<string> name = Name();
        var pem = new Option<bool>("--pem") { Description = "Write its certificate as PEM, and nothing else." };
        var command = new Command("show", "Shows an issuer.") { name, pem };
        frame.Handle(command, async (call, cancellation) =>
        {
            IssuerView issuer = await call.Client.GetAsync(
                PathOf(call.Parsed.GetRequiredValue(name)), RestanteJson.Plain.IssuerView, cancellation);
            if (!call.Parsed.GetValue(pem))
            {
                Report(call.Report, issuer);
                return ExitCode.Done;
            }

            foreach (string line in issuer.Certificate.TrimEnd().Split('\n'))
                call.Report.Line(line);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Certificates(CommandFrame frame)
    {
        Option<string?> device = Device("Only those of devices of this id.");
        var max = new Option<int?>("--max") { Description = "How many at the most; 100 when not given." };
        var command = new Command("certificates", "Lists what was issued, the newest first.") { device, max };
        frame.Handle(command, async (call, cancellation) =>
        {
            string query = $"?max={(call.Parsed.GetValue(max) ?? 100).ToString(CultureInfo.InvariantCulture)}";
            if (call.Parsed.GetValue(device) is string only)
                query += "&device=" + Uri.EscapeDataString(only);
            CertificatePage page = await call.Client.GetAsync("/v1/certificates" + query, RestanteJson.Plain.CertificatePage, cancellation);
            Report(call.Report, page.Items, "Nothing was issued.");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Revoke(CommandFrame frame)
    {
        var serial = new Argument<string?>("SERIAL")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The serial number of the certificate.",
        };
        Option<string?> device = Device("Revoke every valid certificate of this device instead.");
        var command = new Command("revoke", "Revokes certificates. Connections that rest on them are closed.") { serial, device };
        command.Validators.Add(result =>
        {
            bool isOne = result.GetResult(serial)?.Tokens.Count > 0;
            if (isOne == (result.GetResult(device) is not null))
                result.AddError("Give the serial number of a certificate, or --device for all of a device.");
        });
        frame.Handle(command, async (call, cancellation) =>
        {
            if (call.Parsed.GetValue(serial) is string one)
            {
                string path = $"/v1/certificates/{Uri.EscapeDataString(one)}/revoke";
                CertificateView revoked = await call.Client.RequestAsync(
                    HttpMethod.Post, path, null, RestanteJson.Plain.CertificateView, cancellation);
                Report(call.Report, [revoked], string.Empty);
            }
            else
            {
                string path = CommandCall.DevicePath(call.Parsed.GetRequiredValue(device)!) + "/certificates/revoke";
                CertificatePage revoked = await call.Client.RequestAsync(
                    HttpMethod.Post, path, null, RestanteJson.Plain.CertificatePage, cancellation);
                Report(call.Report, revoked.Items, "There was none to revoke.");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Remove(CommandFrame frame)
    {
        Argument<string> name = Name();
        var command = new Command(
            "remove", "Removes an issuer with its key. Connections that rest on its certificates are closed.") { name };
        frame.Handle(command, async (call, cancellation) =>
        {
            string issuer = call.Parsed.GetRequiredValue(name);
            (await call.Client.SendAsync(HttpMethod.Delete, PathOf(issuer), null, TimeSpan.Zero, cancellation)).Dispose();
            call.Report.Note($"Removed {issuer}.");
            return ExitCode.Done;
        });
        return command;
    }

    private static void Report(Report report, IReadOnlyList<CertificateView> certificates, string whenEmpty)
    {
        if (report.IsJson)
        {
            report.JsonList(certificates, RestanteJson.Plain.CertificateView);
            return;
        }

        report.Table(
            ["SERIAL", "DEVICE", "ISSUED", "VALID UNTIL", "REVOKED"],
            certificates.Select(c => (string?[])[
                c.Serial, c.Device, Output.Report.Time(c.IssuedAt), Output.Report.Time(c.NotAfter), c.Cause ?? "no"]),
            whenEmpty);
    }

    private static void Report(Report report, IssuerView issuer)
    {
        report.Facts(
            issuer,
            RestanteJson.Plain.IssuerView,
            ("issuer", issuer.Name),
            ("issues", issuer.Current ? "yes" : "no"),
            ("subject", issuer.Subject),
            ("thumbprint", issuer.Thumbprint),
            ("valid until", Output.Report.Time(issuer.NotAfter)),
            ("revoked", Output.Report.Number(issuer.RevocationList?.Count)),
            ("next list", Output.Report.Time(issuer.RevocationList?.NextUpdate)));
    }

    private static string PathOf(string issuer) => "/v1/issuers/" + Uri.EscapeDataString(issuer);
}
