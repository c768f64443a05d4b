using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Admission;

/// <summary>
/// The room for bodies of requests, from when they are read until the answer is over. Each device and each policy has so much of it, over
/// all of its connections, for what its bodies say that they are; and all devices together, as all services together, for what has come of
/// them. So nobody takes the room of others by bodies that do not come. Safe for several threads.
/// </summary>
internal sealed class BodyRoom(HttpHeadOptions options)
{
    /// <summary>What a body that is not whole yet counts as at the least, as a request costs something, too.</summary>
    public const int LeastBytes = 16 * 1024;

    private readonly Dictionary<Owner, long> _promised = [];
    private long _ofDevices;
    private long _ofServices;

    /// <summary>Bytes of bodies that have come, of requests that are under way.</summary>
    public long Bytes
    {
        get
        {
            lock (_promised)
                return _ofDevices + _ofServices;
        }
    }

    /// <summary>Devices and policies with bodies under way.</summary>
    internal int Owners
    {
        get
        {
            lock (_promised)
                return _promised.Count;
        }
    }

    /// <summary>
    /// Takes room of the caller's for a body, and gives it back at the end of the request. A field gateway has what it sends for its
    /// devices in its own.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="bytes">What the body says that it is, or the most that it may be.</param>
    /// <exception cref="MalformedRequestException">There is none; throttled.</exception>
    public static BodyShare Enter(HttpContext context, long bytes)
    {
        BodyRoom room = context.RequestServices.GetRequiredService<BodyRoom>();
        Principal caller = Caller.Of(context);
        Principal by = (caller as DevicePrincipal)?.Through ?? caller;
        long promised = Math.Max(bytes, LeastBytes);
        if (!room.TryPromise(by, promised))
            throw new MalformedRequestException(room.Spent(by));
        var share = new BodyShare(room, by, promised);
        context.Response.RegisterForDispose(share);
        return share;
    }

    /// <summary>Takes room of one caller. A body that is its only one is not too large for it, however little it may have.</summary>
    public bool TryPromise(Principal by, long bytes)
    {
        lock (_promised)
        {
            var owner = new Owner(by is DevicePrincipal, by.Name);
            long held = _promised.GetValueOrDefault(owner);
            if (held > 0 && held + bytes > MaxOf(by))
                return false;
            _promised[owner] = held + bytes;
            return true;
        }
    }

    /// <summary>Takes room of all on the caller's side, for bytes that have come.</summary>
    public bool TryCome(Principal by, long bytes)
    {
        lock (_promised)
        {
            ref long held = ref ComeOf(by);
            if (held + bytes > options.MaxBodyBytes)
                return false;
            held += bytes;
            return true;
        }
    }

    /// <summary>Gives room back.</summary>
    /// <param name="by">Whose.</param>
    /// <param name="promised">Of what it promised.</param>
    /// <param name="come">Of what has come.</param>
    public void GiveBack(Principal by, long promised, long come)
    {
        lock (_promised)
        {
            var owner = new Owner(by is DevicePrincipal, by.Name);
            long rest = _promised[owner] - promised;
            if (rest > 0)
                _promised[owner] = rest;
            else
                _promised.Remove(owner);
            ref long held = ref ComeOf(by);
            held -= come;
        }
    }

    /// <summary>The refusal of a body that the caller has no room for.</summary>
    public Refusal Spent(Principal by)
    {
        string side = by is DevicePrincipal ? "device" : "policy";
        return new Refusal(
            RefusalKind.Throttled,
            string.Create(
                CultureInfo.InvariantCulture,
                $"With this body those of the {side} '{by.Name}' that are under way have more than {MaxOf(by)} bytes, the limit."));
    }

    /// <summary>The refusal of a body that there is no room for at all.</summary>
    public Refusal Full() => new(
        RefusalKind.Throttled,
        string.Create(CultureInfo.InvariantCulture, $"The bodies of all requests under way have {options.MaxBodyBytes} bytes, the limit."));

    private int MaxOf(Principal by) => by is DevicePrincipal ? options.MaxBodyBytesPerDevice : options.MaxBodyBytesPerPolicy;

    private ref long ComeOf(Principal by)
    {
        if (by is DevicePrincipal)
            return ref _ofDevices;
        return ref _ofServices;
    }

    private readonly record struct Owner(bool IsDevice, string Name);
}
