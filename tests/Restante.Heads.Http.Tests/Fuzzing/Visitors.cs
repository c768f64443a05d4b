using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests.Fuzzing;

/// <summary>
/// Those who come: devices, one of them a field gateway, policies with every right alone and with all, and strangers. Whatever requests
/// have done to them, before each request they are there again.
/// </summary>
internal sealed class Visitors(TestHead head)
{
    /// <summary>The devices that have a mark; <c>child</c> is behind <c>a</c>.</summary>
    public static readonly string[] Devices = ["a", "b", "child"];

    private static readonly Rights[] s_rights =
        [Rights.RegistryRead, Rights.RegistryWrite, Rights.Send, Rights.TelemetryRead, Rights.InquiryAnswer, Rights.MetricsRead,
            Rights.Admin];

    /// <summary>What stands in everything that is for one device, and in nothing that is for another.</summary>
    public static string MarkOf(string device) => device switch
    {
        "a" => "mark-7f3e91c2",
        "b" => "mark-d05b4a68",
        "child" => "mark-29ac86f7",
        _ => "mark-anybody",
    };

    /// <summary>Who comes now.</summary>
    public async Task<Visitor> NextAsync(Random random)
    {
        int kind = random.Next(20);
        if (kind < 8)
            return await DeviceAsync(random, Devices[random.Next(Devices.Length)]);
        if (kind < 17)
            return await ServiceAsync(random, kind < 13 ? Rights.Admin : s_rights[random.Next(s_rights.Length)]);
        string[] strangers = ["", "Basic", "Basic !", "Basic " + Base64("a:AAAA"), "Basic " + Base64(":"), "Bearer x",
            "SharedAccessSignature sr=&sig=&se=", "Basic " + Base64("policy/:")];
        return new Visitor("stranger", strangers[random.Next(strangers.Length)], null);
    }

    private async Task<Visitor> DeviceAsync(Random random, string id)
    {
        DeviceRecord device = await ThereAsync(id);
        var key = (SymmetricKey)device.Primary;
        string authorization = random.Next(4) == 0
            ? SharedAccessSignature.Create("gateway.example/devices/" + id, key, head.Time.GetUtcNow().ToUnixTimeSeconds() + 600)
            : "Basic " + Base64($"{id}:{key.Reveal()}");
        return new Visitor($"device {id}", authorization, id);
    }

    private async Task<Visitor> ServiceAsync(Random random, Rights right)
    {
        string name = "fuzz-" + right.ToString().ToLowerInvariant();
        SymmetricKey key = SymmetricKey.Generate();
        Result<PolicyRecord> policy = await head.Gateway.Policies.FindAsync(name);
        if (!policy.IsSuccess)
            policy = await head.Gateway.Policies.CreateAsync(name, right, key);
        if (policy.Value!.Primary is not SymmetricKey)
            policy = await head.Gateway.Policies.SetCredentialAsync(name, CredentialSlot.Primary, key);
        key = (SymmetricKey)policy.Value!.Primary;
        string scope = random.Next(2) == 0 ? "gateway.example" : "gateway.example/devices/a";
        string authorization = random.Next(4) == 0
            ? SharedAccessSignature.Create(scope, key, head.Time.GetUtcNow().ToUnixTimeSeconds() + 600, name)
            : "Basic " + Base64($"policy/{name}:{key.Reveal()}");
        return new Visitor($"policy {name}", authorization, null);
    }

    /// <summary>The device, with a key, enabled, and behind its gateway.</summary>
    public async Task<DeviceRecord> ThereAsync(string id)
    {
        Result<DeviceRecord> device = await head.Gateway.Devices.FindAsync(id);
        if (!device.IsSuccess)
            device = await head.Gateway.Devices.CreateAsync(id);
        Assert.True(device.IsSuccess, device.Refusal?.Message);
        if (device.Value.Status == DeviceStatus.Enabled && device.Value.Primary is SymmetricKey && (id != "child"
            || device.Value.Gateway?.Value == "a"))
            return device.Value;
        if (id == "child")
            await ThereAsync("a");
        var update = new DeviceUpdate { Status = DeviceStatus.Enabled, Primary = SymmetricKey.Generate() };
        device = await head.Gateway.Devices.ChangeAsync(id, id == "child" ? update with { Gateway = DeviceId.Parse("a") } : update);
        Assert.True(device.IsSuccess, device.Refusal?.Message);
        return device.Value!;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
