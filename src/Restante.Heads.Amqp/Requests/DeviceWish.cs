using Restante.Amqp.Types;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Heads.Amqp.Requests;

/// <summary>
/// What a device shall be like, out of the body of a request: a map, or the same as JSON. Members: <c>status</c>, <c>tags</c>,
/// <c>groups</c>,
/// <c>gateway</c> (null for none), <c>primary-key</c>, <c>secondary-key</c>.
/// </summary>
internal sealed record DeviceWish(DeviceUpdate Update)
{
    private const string PrimaryKey = "primary-key";
    private const string SecondaryKey = "secondary-key";

    /// <summary>Reads the body; nothing is wished by an empty one. Refusals: malformed.</summary>
    public static Result<DeviceWish> Read(Request request)
    {
        Result<AmqpMap> body = Body(request);
        if (!body.IsSuccess)
            return body.Refusal;
        var update = new DeviceUpdate();
        foreach ((object key, object? value) in body.Value)
        {
            string name = key.ToString() ?? "";
            if (ReadKey(name, value) is Result<SymmetricKey> chosen)
            {
                if (!chosen.IsSuccess)
                    return chosen.Refusal;
                update = name == PrimaryKey ? update with { Primary = chosen.Value } : update with { Secondary = chosen.Value };
                continue;
            }

            if (name == "tags" && value is AmqpMap tags && JsonMaps.FindNoNumber(tags, name) is string place)
                return JsonMaps.NoNumber(place);
            if (Apply(update, name, value) is not DeviceUpdate applied)
                return new Refusal(RefusalKind.Malformed, Fault(name));
            update = applied;
        }

        return new DeviceWish(update);
    }

    private static Result<AmqpMap> Body(Request request)
    {
        if (request.Value is AmqpMap map)
            return map;
        ReadOnlyMemory<byte> json = request.Utf8;
        if (request.MayBeJson && json.IsEmpty)
            return new AmqpMap();
        return request.MayBeJson && JsonMaps.TryReadRequest(json, "tags", out AmqpMap? fromJson)
            ? fromJson
            : new Refusal(RefusalKind.Malformed, "The body must be a map, or a JSON object that has no member twice.");
    }

    // Null when the member is no key.
    private static Result<SymmetricKey>? ReadKey(string name, object? value)
    {
        if (name is PrimaryKey or SecondaryKey)
            return SymmetricKey.Read(value as string, name);
        return null;
    }

    // Null when the value is none that the member may have.
    private static DeviceUpdate? Apply(DeviceUpdate update, string name, object? value) => (name, value) switch
    {
        ("status", "enabled") => update with { Status = DeviceStatus.Enabled },
        ("status", "disabled") => update with { Status = DeviceStatus.Disabled },
        ("tags", AmqpMap tags) => update with { Tags = JsonMaps.Write(tags) },
        ("tags", JsonText tags) => update with { Tags = tags.Text },
        ("groups", IReadOnlyList<object?> groups) when groups.All(g => g is string) => update with { Groups = [.. groups.Cast<string>()] },
        ("gateway", null) => update with { RemoveGateway = true },
        ("gateway", string id) when DeviceId.TryParse(id, out DeviceId gateway) => update with { Gateway = gateway },
        _ => null,
    };

    private static string Fault(string name) => name switch
    {
        "status" => "The member 'status' must be enabled or disabled.",
        "tags" => "The member 'tags' must be a map.",
        "groups" => "The member 'groups' must be a list of names.",
        "gateway" => $"The member 'gateway' must be the id of a device, or null: {DeviceId.Rule}.",
        _ => $"A device has no member '{(name.Length <= 64 ? name : string.Concat(name.AsSpan(0, 64), "…"))}' that could be written.",
    };
}
