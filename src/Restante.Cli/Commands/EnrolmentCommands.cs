using System.CommandLine;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante enrolment</c>: the groups. What they hand out and have enrolled is <see cref="ClaimCommands"/>.</summary>
internal static class EnrolmentCommands
{
    private const string Any = "any";
    private const string Root = "/v1/enrolments";

    public static Command Create(CommandFrame frame) => new("enrolment", "Lets devices enrol themselves when they first connect.")
    {
        Add(frame),
        List(frame),
        Show(frame),
        Change(frame),
        Remove(frame),
        Keys(frame),
        ClaimCommands.DeriveKey(frame),
        ClaimCommands.Claims(frame),
        ClaimCommands.Ledger(frame),
        ClaimCommands.Release(frame),
    };

    /// <summary>The name of a group on the command line.</summary>
    public static Argument<string> Name() => new("NAME") { Description = "The enrolment group's name." };

    /// <summary>The path of a group.</summary>
    public static string PathOf(string group) => $"{Root}/{Uri.EscapeDataString(group)}";

    private static Command Add(CommandFrame frame)
    {
        Argument<string> name = Name();
        var authority = new Option<string?>("--authority")
        {
            HelpName = "NAME",
            Description = $"Takes certificates that this authority has signed, or '{Any}' registered one.",
        };
        var key = new Option<bool>("--key") { Description = "Takes keys that are derived from a key of the group." };
        var claim = new Option<bool>("--claim") { Description = "Takes one-time claims." };
        var disabled = new Option<bool>("--disabled") { Description = "Take nobody yet." };
        var traits = new EnrolmentTraits();
        var command = new Command("add", "Adds an enrolment group.") { name, authority, key, claim, disabled };
        foreach (Option option in traits.All)
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (new Option[] { authority, key, claim }.Count(o => result.GetResult(o) is not null) != 1)
                result.AddError("Give one of --authority, --key and --claim: it is how devices prove that they belong to the group.");
        });
        frame.Handle(command, async (call, cancellation) =>
        {
            string? signer = call.Parsed.GetValue(authority);
            var wish = new EnrolmentCreation
            {
                Name = call.Parsed.GetValue(name),
                Kind = signer is not null ? "authority" : call.Parsed.GetValue(key) ? "key" : "claim",
                Status = call.Parsed.GetValue(disabled) ? "disabled" : "enabled",
                Authority = signer == Any ? null : signer,
            };
            HttpContent body = CommandCall.Json(traits.Fill(call, wish), RestanteJson.Plain.EnrolmentCreation);
            Show(call.Report, await call.Client.RequestAsync(HttpMethod.Post, Root, body, RestanteJson.Plain.EnrolmentView, cancellation));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command List(CommandFrame frame)
    {
        var command = new Command("list", "Lists the enrolment groups.");
        frame.Handle(command, async (call, cancellation) =>
        {
            EnrolmentPage page = await call.Client.GetAsync(Root, RestanteJson.Plain.EnrolmentPage, cancellation);
            if (call.Report.IsJson)
            {
                call.Report.JsonList(page.Items, RestanteJson.Plain.EnrolmentView);
            }
            else
            {
                call.Report.Table(
                    ["GROUP", "KIND", "STATUS", "PREFIX", "ENROLLED", "AT MOST", "EXPIRES"],
                    page.Items.Select(g => (string?[])[
                        g.Name, g.Kind, g.Status, g.IdPrefix, Report.Number(g.Enrolled), Report.Number(g.MaxDevices),
                        Report.Time(g.ExpiresAt) ?? "never"]),
                    "There are no enrolment groups. Add one with 'restante enrolment add NAME'.");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show(CommandFrame frame)
    {
        Argument<string> name = Name();
        var command = new Command("show", "Shows an enrolment group.") { name };
        frame.Handle(command, (call, cancellation) => call.ShowAsync(
            HttpMethod.Get, call.PathOf(Root, name), RestanteJson.Plain.EnrolmentView, Show, cancellation));
        return command;
    }

    private static Command Change(CommandFrame frame)
    {
        Argument<string> name = Name();
        var enable = new Option<bool>("--enable") { Description = "Take devices." };
        var disable = new Option<bool>("--disable") { Description = "Take no devices. Those that were enrolled stay." };
        var never = new Option<bool>("--never-expires") { Description = "Let it never end." };
        var traits = new EnrolmentTraits();
        var command = new Command(
            "change", "Changes an enrolment group, for devices that are enrolled from then on. What is not named stays.")
        {
            name, enable, disable, never,
        };
        foreach (Option option in traits.All)
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (traits.All.Concat([enable, disable, never]).All(o => result.GetResult(o) is null))
                result.AddError("Say what to change.");
            else if (result.GetResult(enable) is not null && result.GetResult(disable) is not null)
                result.AddError("Give --enable or --disable, and not both.");
        });
        frame.Handle(command, async (call, cancellation) =>
        {
            var change = new EnrolmentChange
            {
                Status = call.Parsed.GetValue(enable) ? "enabled" : call.Parsed.GetValue(disable) ? "disabled" : null,
                NeverExpires = call.Parsed.GetValue(never) ? true : null,
            };
            HttpContent body = CommandCall.Json(traits.Fill(call, change), RestanteJson.Plain.EnrolmentChange);
            Show(call.Report, await call.Client.RequestAsync(
                HttpMethod.Patch, call.PathOf(Root, name), body, RestanteJson.Plain.EnrolmentView, cancellation));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Remove(CommandFrame frame)
    {
        Argument<string> name = Name();
        var command = new Command("remove", "Removes an enrolment group with its claims. Devices that it has enrolled stay.") { name };
        frame.Handle(command, async (call, cancellation) =>
        {
            (await call.Client.SendAsync(HttpMethod.Delete, call.PathOf(Root, name), null, TimeSpan.Zero, cancellation)).Dispose();
            call.Report.Note($"Removed {call.Parsed.GetRequiredValue(name)}.");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Keys(CommandFrame frame)
    {
        Argument<string> shown = Name(), rotated = Name();
        var show = new Command("show", "Shows the keys of an enrolment group.") { shown };
        frame.Handle(show, (call, cancellation) => call.ShowAsync(
            HttpMethod.Get, call.PathOf(Root, shown) + "/keys", RestanteJson.Plain.EnrolmentKeysView, ShowKeys, cancellation));
        var slot = new Option<string>("--slot") { Description = "Which key to change.", DefaultValueFactory = static _ => "primary" };
        slot.AcceptOnlyFromAmong("primary", "secondary");
        var rotate = new Command(
            "rotate", "Changes a key of an enrolment group. Devices that were enrolled keep theirs.") { rotated, slot };
        frame.Handle(rotate, (call, cancellation) => call.ShowAsync(
            HttpMethod.Post,
            $"{call.PathOf(Root, rotated)}/keys/{call.Parsed.GetValue(slot)}/rotate",
            RestanteJson.Plain.EnrolmentKeysView,
            ShowKeys,
            cancellation));
        return new Command("keys", "Shows and changes the keys of an enrolment group.") { show, rotate };
    }

    private static void Show(Report report, EnrolmentView group)
    {
        report.Facts(
            group,
            RestanteJson.Plain.EnrolmentView,
            ("group", group.Name),
            ("kind", group.Kind),
            ("status", group.Status),
            ("authority", group.Kind == "authority" ? group.Authority ?? Any : null),
            ("id prefix", group.IdPrefix.Length == 0 ? null : group.IdPrefix),
            ("tags", group.Tags.GetRawText()),
            ("groups", group.Groups.Count == 0 ? null : string.Join(", ", group.Groups)),
            ("desired state", group.Desired?.GetRawText()),
            ("enrolled", $"{Report.Number(group.Enrolled)} of {Report.Number(group.MaxDevices)}"),
            ("open claims", Report.Number(group.OpenClaims)),
            ("expires", Report.Time(group.ExpiresAt)),
            ("version", Report.Number(group.Version)),
            ("primary key", group.Keys?.Primary),
            ("secondary key", group.Keys?.Secondary));
    }

    private static void ShowKeys(Report report, EnrolmentKeysView keys)
    {
        report.Facts(
            keys,
            RestanteJson.Plain.EnrolmentKeysView,
            ("group", keys.Name),
            ("primary key", keys.Keys.Primary),
            ("secondary key", keys.Keys.Secondary));
    }
}
