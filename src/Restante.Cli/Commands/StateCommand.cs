using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary><c>restante state</c>.</summary>
internal static class StateCommand
{
    public static Command Create(CommandFrame frame)
    {
        var device = new Argument<string>("DEVICE") { Description = "The device's id." };
        var desired = new Option<string?>("--desired")
        {
            HelpName = "JSON",
            Description = "Merge this object into the desired state; null removes.",
        };
        var replace = new Option<bool>("--replace") { Description = "With --desired: let it be the whole desired state." };
        desired.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && !IsObject(result.Tokens[0].Value))
                result.AddError("--desired takes a JSON object.");
        });
        var command = new Command(
            "state", "Shows the state document of a device, or changes what is desired.") { device, desired, replace };
        command.Validators.Add(result =>
        {
            if (result.GetResult(replace) is not null && result.GetResult(desired) is null)
                result.AddError("--replace needs --desired.");
        });
        frame.Handle(command, async (call, cancellation) =>
        {
            string path = CommandCall.DevicePath(call.Parsed.GetRequiredValue(device)) + "/state";
            if (call.Parsed.GetValue(desired) is string wish)
            {
                using JsonDocument document = JsonDocument.Parse(wish);
                HttpContent body = CommandCall.Json(document.RootElement, RestanteJson.Plain.JsonElement);
                HttpMethod method = call.Parsed.GetValue(replace) ? HttpMethod.Put : HttpMethod.Patch;
                StatePartView part = await call.Client.RequestAsync(
                    method, path + "/desired", body, RestanteJson.Plain.StatePartView, cancellation);
                if (call.Report.IsJson)
                    call.Report.Json(part, RestanteJson.Plain.StatePartView);
                else
                    call.Report.Facts(("desired", part.Content.GetRawText()), ("version", Versions(part)));
                return ExitCode.Done;
            }

            StateView state = await call.Client.GetAsync(path, RestanteJson.Plain.StateView, cancellation);
            if (call.Report.IsJson)
                call.Report.Json(state, RestanteJson.Plain.StateView);
            else
                Tell(call.Report, state);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Tell(Report report, StateView state) => report.Facts(
        ("desired", state.Desired.Content.GetRawText()),
        ("version", Versions(state.Desired)),
        ("reported", state.Reported.Content.GetRawText()),
        ("version", Versions(state.Reported)),
        ("tags", state.Tags?.GetRawText()));

    private static string Versions(StatePartView part) =>
        part.Version.ToString(CultureInfo.InvariantCulture)
        + (part.ChangedAt is DateTimeOffset at ? $", {Report.Time(at)}" : ", never changed");

    private static bool IsObject(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
