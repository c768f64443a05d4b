using System.Buffers.Text;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Peers;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Worlds;

/// <summary>The enrolment groups of a world, and what devices prove to belong to them by.</summary>
internal sealed class Enrolments(World world, Dice dice)
{
    private const long ClaimMs = 30L * 24 * 3600 * 1000;

    private readonly SymmetricKey _primary = SymmetricKey.FromBytes(dice.Bytes(SymmetricKey.LengthBytes));
    private readonly SymmetricKey _secondary = SymmetricKey.FromBytes(dice.Bytes(SymmetricKey.LengthBytes));
    private EnrolmentNumber _claimants;
    private int _claims;

    /// <summary>What the devices of a kind are called before their number, and so is their group.</summary>
    public static string NameOf(EnrolmentKind kind) => kind switch
    {
        EnrolmentKind.Key => "meter",
        EnrolmentKind.Claim => "toaster",
        _ => "truck",
    };

    /// <summary>What a device is to have when it is new, before or without enrolment.</summary>
    public (DeviceKey Primary, DeviceKey? Secondary) FirstKeys(Device device) => device.Enrols switch
    {
        null => (device.Keys.New(), device.Keys.New()),
        EnrolmentKind.Key => (Derived(device, _primary), Derived(device, _secondary)),
        EnrolmentKind.Claim => (device.Keys.NewOwn(), null),
        _ => (device.Keys.Signed(Maker.All[0]), null),
    };

    /// <summary>Makes authorities and groups, before anything can fail.</summary>
    public async Task SetUpAsync(Gateway gateway)
    {
        foreach (Maker maker in Maker.All)
        {
            Result<AuthorityRecord> added = await gateway.Authorities.AddAsync(maker.Name, maker.Certificate);
            Require(added.IsSuccess, maker.Name);
            byte[] proof = maker.Prove(added.Value!.VerificationCode);
            Require((await gateway.Authorities.VerifyAsync(maker.Name, proof)).IsSuccess, maker.Name);
        }

        foreach (EnrolmentKind kind in Enum.GetValues<EnrolmentKind>())
        {
            Result<EnrolmentGroup> group = await gateway.Enrolments.CreateAsync(NameOf(kind), new EnrolmentTerms
            {
                Kind = kind,
                IdPrefix = NameOf(kind) + "-",
                Groups = ["all"],
                Tags = ScopedService.TagsOf("a"),
                PrimaryKey = kind == EnrolmentKind.Key ? _primary : null,
                SecondaryKey = kind == EnrolmentKind.Key ? _secondary : null,
            });
            Require(group.IsSuccess, NameOf(kind));
            if (kind == EnrolmentKind.Claim)
                _claimants = group.Value!.Number;
        }

        bool isShared = dice.Chance(500);
        Claim? first = null;
        foreach (Device device in world.Devices.Where(static d => d.Enrols == EnrolmentKind.Claim))
        {
            if (first is null || !isShared)
                first = await MakeClaimAsync(gateway);
            device.Claim = first; // One that two have got hold of makes one of them a device.
        }
    }

    /// <summary>Makes another claim; null when that failed, as far as is known.</summary>
    public async Task<Claim?> MakeClaimAsync(Gateway gateway)
    {
        if (!ClaimToken.TryParse(Base64Url.EncodeToString(dice.Bytes(ClaimToken.LengthBytes)), out ClaimToken? token))
            throw new InvalidOperationException("A drawn token is none.");
        var claim = new Claim($"claim-{++_claims}", token);
        long now = gateway.Time.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            // Past the core, which would draw a token of its own.
            var made = new EnrolmentClaim { Group = _claimants, Hash = claim.Token.Hash(), CreatedAtMs = now, ExpiresAtMs = now + ClaimMs };
            await world.Run!.Claims.AddClaimsAsync([made], 1_000);
            return claim;
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private static DeviceKey Derived(Device device, SymmetricKey key) => device.Keys.Of(DerivedKey.Of(key, DeviceId.Parse(device.Id)));

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw Ledger.Broken("This must not fail: " + what);
    }
}
