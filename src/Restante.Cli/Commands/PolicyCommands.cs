using System.CommandLine;
using System.CommandLine.Parsing;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante policy</c>.</summary>
internal static class PolicyCommands
{
    private static readonly string[] s_rights =
        ["registry-read", "registry-write", "send", "telemetry-read", "inquiry-answer", "metrics-read", "audit-read", "admin"];

    public static Command Create(CommandFrame frame) => new("policy", "Adds, lists, changes and removes the access policies of services.")
    {
        Add(frame),
        List(frame),
        ChangeRights(frame),
        Scope(frame),
        PolicyCredentialCommand.Create(frame),
        Remove(frame),
    };

    private static Command Add(CommandFrame frame)
    {
        var name = new Argument<string>("NAME") { Description = "The policy's name." };
        var rights = new Option<string[]>("--rights")
        {
            Required = true,
            HelpName = "RIGHT[,RIGHT]",
            AllowMultipleArgumentsPerToken = true,
            Description = $"What it allows: {string.Join(", ", s_rights)}. Several with commas.",
        };
        rights.Validators.Add(static result => CheckRights(result));
        Option<string?> thumbprint = CredentialCommand.Thumbprint();
        var scope = new ScopeOptions();
        var command = new Command("add", "Adds an access policy and shows its keys.") { name, rights, thumbprint };
        scope.AddTo(command);
        frame.Handle(command, async (call, cancellation) =>
        {
            var wish = new PolicyCreation
            {
                Name = call.Parsed.GetValue(name),
                Rights = [.. Split(call.Parsed.GetValue(rights) ?? [])],
                Thumbprint = call.Parsed.GetValue(thumbprint),
                Scope = scope.Of(call.Parsed),
            };
            HttpContent body = CommandCall.Json(wish, RestanteJson.Plain.PolicyCreation);
            PolicyView created = await call.Client.RequestAsync(
                HttpMethod.Post, "/v1/policies", body, RestanteJson.Plain.PolicyView, cancellation);
            if (call.Report.IsJson)
            {
                call.Report.Json(created, RestanteJson.Plain.PolicyView);
                return ExitCode.Done;
            }

            call.Report.Facts(
            [
                ("policy", created.Name),
                ("rights", string.Join(", ", created.Rights)),
                .. ScopeOptions.Facts(created.Scope),
                ("primary key", created.Keys?.Primary),
                ("secondary key", created.Keys?.Secondary),
            ]);
            if (created.Keys?.Primary is not null)
                call.Report.Note("Keep the keys: they are not shown again.");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command List(CommandFrame frame)
    {
        var command = new Command("list", "Lists the access policies.");
        frame.Handle(command, async (call, cancellation) =>
        {
            PolicyPage page = await call.Client.GetAsync("/v1/policies", RestanteJson.Plain.PolicyPage, cancellation);
            if (call.Report.IsJson)
            {
                call.Report.JsonList(page.Items, RestanteJson.Plain.PolicyView);
            }
            else
            {
                call.Report.Table(
                    ["POLICY", "RIGHTS", "SCOPE", "CREATED"],
                    page.Items.Select(p => (string?[])[p.Name, string.Join(", ", p.Rights), Short(p.Scope), Report.Time(p.CreatedAt)]),
                    "There are no policies.");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command ChangeRights(CommandFrame frame)
    {
        var name = new Argument<string>("NAME") { Description = "The policy's name." };
        var rights = new Argument<string[]>("RIGHT[,RIGHT]")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = $"All that it allows from now on: {string.Join(", ", s_rights)}.",
        };
        rights.Validators.Add(static result => CheckRights(result));
        var command = new Command("rights", "Gives a policy other rights; when it loses any, its connections end.") { name, rights };
        frame.Handle(command, async (call, cancellation) =>
        {
            string path = $"/v1/policies/{Uri.EscapeDataString(call.Parsed.GetRequiredValue(name))}/rights";
            var wish = new PolicyRights { Rights = [.. Split(call.Parsed.GetRequiredValue(rights))] };
            PolicyView policy = await call.Client.RequestAsync(
                HttpMethod.Put, path, CommandCall.Json(wish, RestanteJson.Plain.PolicyRights), RestanteJson.Plain.PolicyView, cancellation);
            if (call.Report.IsJson)
                call.Report.Json(policy, RestanteJson.Plain.PolicyView);
            else
                call.Report.Facts(("policy", policy.Name), ("rights", string.Join(", ", policy.Rights)));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Scope(CommandFrame frame)
    {
        var name = new Argument<string>("NAME") { Description = "The policy's name." };
        var none = new Option<bool>("--none") { Description = "Take the scope away: the policy reaches everything." };
        var scope = new ScopeOptions();
        var command = new Command("scope", "Shows what a policy reaches, or gives it another scope and ends its connections.")
        {
            name,
            none,
        };
        scope.AddTo(command);
        frame.Handle(command, async (call, cancellation) =>
        {
            string path = "/v1/policies/" + Uri.EscapeDataString(call.Parsed.GetRequiredValue(name));
            ScopeView? wish = scope.Of(call.Parsed);
            bool takesAway = call.Parsed.GetValue(none);
            if (takesAway && wish is not null)
                throw new CliFailureException(ExitCode.Usage, "Give --none or a scope, and not both.");
            HttpContent? body = wish is null ? null : CommandCall.Json(wish, RestanteJson.Plain.ScopeView);
            HttpMethod method = takesAway ? HttpMethod.Delete : wish is null ? HttpMethod.Get : HttpMethod.Put;
            PolicyView policy = await call.Client.RequestAsync(
                method, method == HttpMethod.Get ? path : path + "/scope", body, RestanteJson.Plain.PolicyView, cancellation);
            if (call.Report.IsJson)
            {
                call.Report.Json(policy, RestanteJson.Plain.PolicyView);
                return ExitCode.Done;
            }

            string? nothing = policy.Scope is null ? "none" : null;
            call.Report.Facts([("policy", policy.Name), ("scope", nothing), .. ScopeOptions.Facts(policy.Scope)]);
            return ExitCode.Done;
        });
        return command;
    }

    // What the narrow column of a list says of a scope.
    private static string? Short(ScopeView? scope) => scope is null
        ? null
        : string.Join("; ", ScopeOptions.Facts(scope).Where(f => f.Value is not ("all" or "all devices")).Select(f => f.Value));

    private static Command Remove(CommandFrame frame)
    {
        var name = new Argument<string>("NAME") { Description = "The policy's name." };
        var command = new Command("remove", "Removes an access policy and ends its connections.") { name };
        frame.Handle(command, async (call, cancellation) =>
        {
            string policy = call.Parsed.GetRequiredValue(name);
            string path = "/v1/policies/" + Uri.EscapeDataString(policy);
            (await call.Client.SendAsync(HttpMethod.Delete, path, null, TimeSpan.Zero, cancellation)).Dispose();
            call.Report.Note($"Removed {policy}.");
            return ExitCode.Done;
        });
        return command;
    }

    private static void CheckRights(SymbolResult result)
    {
        string? odd = Split(result.Tokens.Select(static t => t.Value)).FirstOrDefault(static r => !s_rights.Contains(r));
        if (odd is not null)
            result.AddError($"'{odd}' is no right; rights are {string.Join(", ", s_rights)}.");
    }

    private static IEnumerable<string> Split(IEnumerable<string> texts) =>
        texts.SelectMany(t => t.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
