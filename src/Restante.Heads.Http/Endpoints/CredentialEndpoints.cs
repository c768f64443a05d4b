using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;

namespace Restante.Heads.Http.Endpoints;

/// <summary>What the two slots of devices and policies hold.</summary>
internal sealed class CredentialEndpoints(Gateway gateway, HttpHeadOptions options)
{
    private const string OfDevices = "Devices";
    private const string OfPolicies = "Policies";

    public void Map(EndpointMap map)
    {
        MapDevices(map);
        MapPolicies(map);
    }

    private void MapDevices(EndpointMap map)
    {
        map.Add(
            new("GET", "/v1/devices/{id}/credentials", "getDeviceCredentials", "Shows which credentials a device has.")
            {
                Tag = OfDevices,
                Right = Rights.RegistryRead,
                Answers = [(200, typeof(CredentialsView), "What the slots hold; never a key itself.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetAsync);
        map.Add(
            new(
                "PUT", "/v1/devices/{id}/credentials/{slot}", "setDeviceCredential",
                "Gives a device another primary or secondary credential.")
            {
                Tag = OfDevices,
                Right = Rights.RegistryWrite,
                Details = "The slot is primary or secondary. Connections that used the old credential of that slot are closed at once.",
                Body = typeof(DeviceCredential),
                Answers = [(200, typeof(CredentialsView), "What the slots hold now.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed, RefusalKind.TooLarge],
                IsConditional = true,
            },
            PutAsync);
        map.Add(
            new(
                "DELETE", "/v1/devices/{id}/credentials/{slot}", "removeDeviceCredential",
                "Empties the primary or secondary slot of a device.")
            {
                Tag = OfDevices,
                Right = Rights.RegistryWrite,
                Details = "Connections that used the credential are closed at once.",
                Answers = [(200, typeof(CredentialsView), "What the slots hold now.")],
                Refusals = [RefusalKind.NotFound],
                IsConditional = true,
            },
            DeleteAsync);
    }

    private void MapPolicies(EndpointMap map)
    {
        map.Add(
            new(
                "PUT", "/v1/policies/{name}/credentials/{slot}", "setPolicyCredential",
                "Gives a policy another primary or secondary credential.")
            {
                Tag = OfPolicies,
                Right = Rights.Admin,
                Details = "A key or a thumbprint. A key that is generated is shown in this answer only, so give one to keep it.",
                Body = typeof(DeviceCredential),
                Answers = [(200, typeof(CredentialsView), "What the slots hold now.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Malformed, RefusalKind.TooLarge],
            },
            PutOfPolicyAsync);
        map.Add(
            new(
                "DELETE", "/v1/policies/{name}/credentials/{slot}", "removePolicyCredential",
                "Empties the primary or secondary slot of a policy.")
            {
                Tag = OfPolicies,
                Right = Rights.Admin,
                Answers = [(200, typeof(CredentialsView), "What the slots hold now.")],
                Refusals = [RefusalKind.NotFound],
            },
            DeleteOfPolicyAsync);
    }

    private async Task<IResult> GetAsync(string id, HttpContext context) => Show(context, await Devices(context).FindAsync(id));

    private async Task<IResult> PutAsync(string id, string slot, HttpContext context) =>
        await SetAsync(id, slot, await ReadAsync(context), context);

    private Task<IResult> DeleteAsync(string id, string slot, HttpContext context) => SetAsync(id, slot, Credential.None, context);

    private async Task<IResult> SetAsync(string id, string slot, Credential credential, HttpContext context)
    {
        if (CredentialText.Slot(slot) is not CredentialSlot which)
            return NoSlot();
        long? ifVersion = EntityTag.ReadIfMatch(context.Request);
        AuditNotes.Detail(context, AuditText.Of(credential));
        return Show(context, await Devices(context).SetCredentialAsync(id, which, credential, ifVersion));
    }

    private async Task<IResult> PutOfPolicyAsync(string name, string slot, HttpContext context) =>
        await SetOfPolicyAsync(name, slot, await ReadAsync(context), context);

    private Task<IResult> DeleteOfPolicyAsync(string name, string slot, HttpContext context) =>
        SetOfPolicyAsync(name, slot, Credential.None, context);

    private async Task<IResult> SetOfPolicyAsync(string name, string slot, Credential credential, HttpContext context)
    {
        if (CredentialText.Slot(slot) is not CredentialSlot which)
            return NoSlot();
        AuditNotes.Detail(context, AuditText.Of(credential));
        Result<PolicyRecord> changed = await gateway.Policies.SetCredentialAsync(name, which, credential);
        if (!changed.IsSuccess)
            return Answers.Refused(changed.Refusal);
        PolicyRecord policy = changed.Value;
        string? key = (credential as SymmetricKey)?.Reveal();
        var view = new CredentialsView
        {
            Id = policy.Name,
            Primary = CredentialText.Of(policy.Primary) with { Key = which == CredentialSlot.Primary ? key : null },
            Secondary = CredentialText.Of(policy.Secondary) with { Key = which == CredentialSlot.Secondary ? key : null },
        };
        return Answers.Json(view, RestanteJson.Plain.CredentialsView);
    }

    private async ValueTask<Credential> ReadAsync(HttpContext context)
    {
        DeviceCredential wish = await RequestBody.ReadJsonAsync(
            context.Request, RestanteJson.Plain.DeviceCredential, options.MaxRegistryBodyBytes);
        return CredentialText.Read(wish, "$") ?? throw new MalformedRequestException("The body must be a credential.");
    }

    private static IResult NoSlot() =>
        Answers.Refused(new Refusal(RefusalKind.NotFound, "There is a primary and a secondary credential, no others."));

    private static IResult Show(HttpContext context, Result<DeviceRecord> result) => Answers.Show(
        context,
        result,
        static device => device.Version,
        static device => new CredentialsView
        {
            Id = device.Id.Value,
            Primary = CredentialText.Of(device.Primary),
            Secondary = CredentialText.Of(device.Secondary),
            Version = device.Version,
        },
        RestanteJson.Plain.CredentialsView);

    private ReachedDevices Devices(HttpContext context) => gateway.Devices.For(Caller.Service(context));
}
