using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Selection;
using Restante.Core.States;
using Restante.Core.Storage;

namespace Restante.Core.Registry;

/// <content>Devices by the thousand.</content>
public sealed partial class DeviceRegistry
{
    /// <summary>The most devices of one import.</summary>
    public const int MaxImport = 1_000;

    private static readonly IReadOnlySet<string> s_noGroups = new HashSet<string>();

    /// <summary>
    /// Creates many devices together, in their order, so that a gateway may stand before those it acts for. Each stands for itself. A
    /// device that is there and is as was said is unchanged; one that differs is changed where it differs, or refused. Refusals of a
    /// wish: those of <see cref="CreateAsync"/>; conflict for one that differs; malformed for one whose gateway is not there, with
    /// <see cref="DeviceLineStatus.GatewayNotFound"/>.
    /// </summary>
    /// <param name="wishes">0 to <see cref="MaxImport"/> devices.</param>
    /// <param name="update">Whether devices that differ are changed.</param>
    /// <returns>What became of each, in their order.</returns>
    public ValueTask<ImportResult[]> ImportAsync(IReadOnlyList<ImportedDevice> wishes, bool update) =>
        ImportAsync(wishes, update, null, s_noGroups);

    /// <summary>How many devices there are.</summary>
    public ValueTask<long> CountAsync() => _store.CountDevicesAsync();

    /// <summary>The same for somebody who does not reach all devices.</summary>
    /// <param name="wishes">0 to <see cref="MaxImport"/> devices.</param>
    /// <param name="update">Whether devices that differ are changed.</param>
    /// <param name="reach">The devices that who imports reaches; null for all.</param>
    /// <param name="reserved">The groups that who imports puts no device into, see <see cref="DeviceLine.Reserved"/>.</param>
    internal async ValueTask<ImportResult[]> ImportAsync(
        IReadOnlyList<ImportedDevice> wishes, bool update, AudienceQuery? reach, IReadOnlySet<string> reserved)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(wishes.Count, MaxImport, nameof(wishes));
        var results = new ImportResult[wishes.Count];
        var lines = new List<DeviceLine>(wishes.Count);
        var places = new List<int>(wishes.Count);
        for (int i = 0; i < results.Length; i++)
        {
            Result<DeviceLine> line = LineOf(wishes[i], reserved);
            results[i] = new ImportResult(null, line.Refusal);
            if (!line.IsSuccess)
                continue;
            lines.Add(line.Value);
            places.Add(i);
        }

        try
        {
            IReadOnlyList<DeviceLineResult> done = await _store.ImportDevicesAsync(lines, update, NowMs, reach);
            for (int i = 0; i < done.Count; i++)
            {
                string? what = done[i].Status == DeviceLineStatus.Changed ? WhatOf(done[i].Change!) : null;
                results[places[i]] = new ImportResult(done[i].Status, RefusalOf(lines[i], done[i]), what);
            }

            await TellAsync(done);
        }
        catch (StoreUnavailableException)
        {
            places.ForEach(place => results[place] = new ImportResult(null, Refusal.StoreUnavailable));
        }

        return results;
    }

    /// <summary>
    /// What is wrong with the credentials that somebody with a scope gives a device; null when nothing is. A certificate may name several
    /// devices, so who enters one of its names becomes its owner: with a scope that could be another's. Refusals: forbidden.
    /// </summary>
    internal static Refusal? CheckCredentials(AudienceQuery? scope, params ReadOnlySpan<Credential?> credentials) =>
        scope is not null && DeviceLine.GivesCertificate(credentials) ? KeysOnly : null;

    private static Refusal KeysOnly { get; } = new(
        RefusalKind.Forbidden,
        "A policy whose scope has an audience gives devices keys only; one without enters the devices that have certificates.");

    private Result<DeviceLine> LineOf(ImportedDevice wish, IReadOnlySet<string> reserved)
    {
        if (Check(wish.Id, wish.Tags, wish.Groups) is Refusal refusal)
            return refusal;
        DeviceId id = DeviceId.Parse(wish.Id);
        if (wish.Gateway == id)
            return new Refusal(RefusalKind.Malformed, "A device is not its own gateway.");
        ReadOnlyMemory<byte> desired = default;
        if (!wish.Desired.IsEmpty && StateJson.CheckFirst(wish.Desired, _limits, out desired) is Refusal fault)
            return fault;
        IReadOnlyList<string>? groups = wish.Groups is null ? null : Sorted(wish.Groups);
        var device = new NewDevice(
            id, wish.Status ?? DeviceStatus.Enabled, wish.Primary ?? Beside(wish.Secondary), wish.Secondary ?? Beside(wish.Primary))
        {
            Tags = wish.Tags ?? DeviceTags.None,
            Groups = groups ?? [],
            Gateway = wish.Gateway,
            Desired = desired,
        };
        var stated = new DeviceUpdate
        {
            Status = wish.Status,
            Primary = wish.Primary,
            Secondary = wish.Secondary,
            Tags = wish.Tags,
            Groups = groups,
            Gateway = wish.Gateway,
        };
        return new DeviceLine(device, stated)
        {
            AnyPrimaryKey = wish.AnyPrimaryKey,
            AnySecondaryKey = wish.AnySecondaryKey,
            Reserved = reserved.Count == 0 ? [] : [.. device.Groups.Where(reserved.Contains)],
        };
    }

    private async ValueTask TellAsync(IReadOnlyList<DeviceLineResult> done)
    {
        foreach (DeviceLineResult line in done)
        {
            if (line.Status == DeviceLineStatus.Changed)
                EndWhatItRevokes(line.Device!, line.Change!);
        }

        var created = new List<string>(done.Count);
        foreach (DeviceLineResult line in done)
        {
            if (line.Status == DeviceLineStatus.Created)
            {
                _history.Created(line.Device!.Id);
                created.Add(line.Device.Id.Value);
            }
            else if (line.Status == DeviceLineStatus.Changed)
            {
                await TellAsync(line.Device!, line.Change!, WhatOf(line.Change!));
            }
        }

        await _events.CreatedAsync(created);
    }

    private static Refusal? RefusalOf(DeviceLine line, DeviceLineResult result) => result.Status switch
    {
        DeviceLineStatus.Differs => new Refusal(RefusalKind.Conflict, $"There is a device '{line.Device.Id}' already, and it differs."),
        DeviceLineStatus.Outside => new Refusal(
            RefusalKind.Forbidden, $"The device '{line.Device.Id}' would be outside the scope of the policy."),
        DeviceLineStatus.CertificateGiven => KeysOnly,
        DeviceLineStatus.Reserved => ScopeGroups.Reserved(line.NewlyReserved(result.Device) ?? string.Empty),
        DeviceLineStatus.GatewayNotFound => NoGateway(line.Device.Gateway!.Value),
        _ => null,
    };
}
