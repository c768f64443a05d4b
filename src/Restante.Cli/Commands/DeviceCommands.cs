using System.CommandLine;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante device</c>.</summary>
internal static class DeviceCommands
{
    private const string Primary = "primary";
    private const string Secondary = "secondary";

    public static Command Create(CommandFrame frame) => new("device", "Adds, shows, changes and removes devices.")
    {
        Add(frame),
        List(frame),
        Show(frame),
        Change(frame),
        SetStatus(frame, "enable", "Lets a device connect again.", "enabled"),
        SetStatus(frame, "disable", "Ends a device's connections and keeps it out. Its mail is kept.", "disabled"),
        Remove(frame),
        Keys(frame),
        CredentialCommand.Create(frame),
        DeviceBulkCommands.Import(frame),
        DeviceBulkCommands.Export(frame),
    };

    private static Argument<string> Device() => new("DEVICE") { Description = "The device's id." };

    private static Command Add(CommandFrame frame)
    {
        Argument<string> device = Device();
        var disabled = new Option<bool>("--disabled") { Description = "Do not let it connect yet." };
        var primary = new Option<string?>("--primary-key")
        {
            HelpName = "KEY",
            Description = "Its primary key in base64; generated when not given.",
        };
        var secondary = new Option<string?>("--secondary-key") { HelpName = "KEY", Description = "Its secondary key in base64, likewise." };
        Option<string?> thumbprint = CredentialCommand.Thumbprint(), authority = CredentialCommand.Authority();
        var traits = new DeviceTraits();
        var command = new Command(
            "add", "Adds a device and shows its keys.") { device, disabled, primary, secondary, thumbprint, authority };
        command.Validators.Add(result =>
        {
            if (new Option[] { primary, thumbprint, authority }.Count(o => result.GetResult(o) is not null) > 1)
                result.AddError("Give one of --primary-key, --thumbprint and --authority: it is the primary credential.");
        });
        traits.AddTo(command);
        frame.Handle(command, async (call, cancellation) =>
        {
            var wish = new DeviceCreation
            {
                Id = call.Parsed.GetValue(device),
                Status = call.Parsed.GetValue(disabled) ? "disabled" : "enabled",
                Keys = new DeviceKeys { Primary = call.Parsed.GetValue(primary), Secondary = call.Parsed.GetValue(secondary) },
                Credentials = CredentialCommand.Read(call.Parsed, thumbprint, authority) is DeviceCredential credential
                    ? new DeviceCredentials { Primary = credential }
                    : null,
            };
            HttpContent body = CommandCall.Json(traits.Fill(call.Parsed, wish), RestanteJson.Plain.DeviceCreation);
            DeviceView created = await call.Client.RequestAsync(
                HttpMethod.Post, "/v1/devices", body, RestanteJson.Plain.DeviceView, cancellation);
            if (call.Report.IsJson)
            {
                call.Report.Json(created, RestanteJson.Plain.DeviceView);
                return ExitCode.Done;
            }

            call.Report.Facts(
                ("device", created.Id),
                ("status", created.Status),
                ("primary key", created.Keys?.Primary),
                ("secondary key", created.Keys?.Secondary));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command List(CommandFrame frame)
    {
        var query = new Option<string?>("--query", "-q")
        {
            HelpName = "QUERY",
            Description = "Only the devices that this query is true of, such as \"tags.city = 'Oslo' and groups has 'buses'\".",
        };
        var after = new Option<string?>("--after") { HelpName = "DEVICE", Description = "Only devices whose ids come after this one." };
        var max = new Option<int?>("--max")
        {
            HelpName = "N",
            Description = "So many at the most; where the next begin is said on the error stream.",
        };
        max.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int?>() < 1)
                result.AddError("--max is at least 1.");
        });
        var command = new Command("list", "Lists the devices, in the order of their ids.") { query, after, max };
        frame.Handle(command, async (call, cancellation) =>
        {
            string path = "/v1/devices" + (call.Parsed.GetValue(query) is string text ? "?query=" + Uri.EscapeDataString(text) : "");
            int most = call.Parsed.GetValue(max) ?? int.MaxValue;
            List<DeviceView> devices = await call.ListAsync(
                path,
                RestanteJson.Plain.DevicePage,
                static p => p.Items,
                static p => p.Next,
                "after",
                cancellation,
                call.Parsed.GetValue(after),
                most);
            if (devices.Count == most)
                await call.Surroundings.Error.WriteLineAsync($"There may be more: --after {SafeText.Of(devices[^1].Id)}");
            if (call.Report.IsJson)
            {
                call.Report.JsonList(devices, RestanteJson.Plain.DeviceView);
            }
            else
            {
                call.Report.Table(
                    ["DEVICE", "STATUS", "CONNECTED", "MAIL", "LEASED", "CHANGED"],
                    devices.Select(d => (string?[])[
                        d.Id, d.Status, YesNo(d.Connected), Report.Number(d.Mailbox.Depth), Report.Number(d.Mailbox.Leased),
                        Report.Time(d.ChangedAt)]),
                    call.Parsed.GetValue(query) is null
                        ? "There are no devices. Add one with 'restante device add ID'."
                        : "The query is true of no device.");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show(CommandFrame frame)
    {
        Argument<string> device = Device();
        var command = new Command("show", "Shows a device.") { device };
        frame.Handle(command, async (call, cancellation) =>
        {
            string path = CommandCall.DevicePath(call.Parsed.GetRequiredValue(device));
            ShowDevice(call.Report, await call.Client.GetAsync(path, RestanteJson.Plain.DeviceView, cancellation));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Change(CommandFrame frame)
    {
        Argument<string> device = Device();
        var traits = new DeviceTraits();
        var command = new Command("change", "Changes the tags, groups or field gateway of a device. What is not named stays.") { device };
        traits.AddChangesTo(command);
        frame.Handle(command, async (call, cancellation) =>
        {
            string path = CommandCall.DevicePath(call.Parsed.GetRequiredValue(device));
            DeviceView before = await call.Client.GetAsync(path, RestanteJson.Plain.DeviceView, cancellation);
            HttpContent body = CommandCall.Json(traits.ChangeOf(call.Parsed, before), RestanteJson.Plain.DeviceChange);
            ShowDevice(call.Report, await call.Client.ChangeAsync(path, before.Version, body, RestanteJson.Plain.DeviceView, cancellation));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command SetStatus(CommandFrame frame, string name, string description, string status)
    {
        Argument<string> device = Device();
        var command = new Command(name, description) { device };
        frame.Handle(command, async (call, cancellation) =>
        {
            string path = CommandCall.DevicePath(call.Parsed.GetRequiredValue(device));
            HttpContent body = CommandCall.Json(new DeviceChange { Status = status }, RestanteJson.Plain.DeviceChange);
            ShowDevice(
                call.Report, await call.Client.RequestAsync(HttpMethod.Patch, path, body, RestanteJson.Plain.DeviceView, cancellation));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Remove(CommandFrame frame)
    {
        Argument<string> device = Device();
        var command = new Command("remove", "Removes a device. Its waiting commands end as device-removed.") { device };
        frame.Handle(command, async (call, cancellation) =>
        {
            string id = call.Parsed.GetRequiredValue(device);
            (await call.Client.SendAsync(HttpMethod.Delete, CommandCall.DevicePath(id), null, TimeSpan.Zero, cancellation)).Dispose();
            call.Report.Note($"Removed {id}.");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Keys(CommandFrame frame)
    {
        Argument<string> shown = Device(), rotated = Device();
        var slot = new Option<string>("--slot") { Description = "Which key to change.", DefaultValueFactory = static _ => Primary };
        slot.AcceptOnlyFromAmong(Primary, Secondary);
        var newKey = new Option<string?>("--new-key")
        {
            HelpName = "KEY",
            Description = "The new key in base64; generated when not given.",
        };
        var only = new Option<string?>("--slot") { Description = "Show this key and nothing else." };
        only.AcceptOnlyFromAmong(Primary, Secondary);
        var show = new Command("show", "Shows the keys of a device.") { shown, only };
        frame.Handle(show, async (call, cancellation) =>
        {
            string path = CommandCall.DevicePath(call.Parsed.GetRequiredValue(shown)) + "/keys";
            DeviceKeysView keys = await call.Client.GetAsync(path, RestanteJson.Plain.DeviceKeysView, cancellation);
            if (call.Parsed.GetValue(only) is string one && !call.Report.IsJson)
                call.Report.Line((one == Primary ? keys.Keys.Primary : keys.Keys.Secondary) ?? throw NoKey(keys.Id, one));
            else
                ShowKeys(call.Report, keys);
            return ExitCode.Done;
        });
        var rotate = new Command(
            "rotate", "Changes a key of a device. Connections that used the old one are closed.") { rotated, slot, newKey };
        frame.Handle(rotate, async (call, cancellation) =>
        {
            string path = $"{CommandCall.DevicePath(call.Parsed.GetRequiredValue(rotated))}/keys/{call.Parsed.GetValue(slot)}/rotate";
            HttpContent body = CommandCall.Json(new KeyRotation { Key = call.Parsed.GetValue(newKey) }, RestanteJson.Plain.KeyRotation);
            ShowKeys(
                call.Report, await call.Client.RequestAsync(HttpMethod.Post, path, body, RestanteJson.Plain.DeviceKeysView, cancellation));
            return ExitCode.Done;
        });
        return new Command("keys", "Shows and changes the keys of a device.") { show, rotate };
    }

    private static void ShowDevice(Report report, DeviceView device)
    {
        report.Facts(
            device,
            RestanteJson.Plain.DeviceView,
            ("device", device.Id),
            ("status", device.Status),
            ("connected", YesNo(device.Connected)),
            ("mailbox", $"{Report.Messages(device.Mailbox.Depth)}, {Report.Number(device.Mailbox.Bytes)} bytes"),
            ("leased", Report.Messages(device.Mailbox.Leased)),
            ("tags", device.Tags.GetRawText()),
            ("groups", device.Groups.Count == 0 ? null : string.Join(", ", device.Groups)),
            ("gateway", device.Gateway),
            ("created", Report.Time(device.CreatedAt)),
            ("changed", Report.Time(device.ChangedAt)),
            ("version", Report.Number(device.Version)));
    }

    private static void ShowKeys(Report report, DeviceKeysView keys)
    {
        report.Facts(
            keys,
            RestanteJson.Plain.DeviceKeysView,
            ("device", keys.Id),
            ("primary key", keys.Keys.Primary),
            ("secondary key", keys.Keys.Secondary));
    }

    private static CliFailureException NoKey(string device, string slot) => new(ExitCode.NotFound, $"{device} has no {slot} key.");

    private static string YesNo(bool value) => value ? "yes" : "no";
}
