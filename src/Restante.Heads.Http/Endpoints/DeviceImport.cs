using System.Globalization;
using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core.Metrics;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Storage;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;

namespace Restante.Heads.Http.Endpoints;

/// <summary>An import as far as it has come. Lines are done in lots, each in one transaction.</summary>
/// <param name="context">The request: when its client has gone or may no more, no further lot is done.</param>
/// <param name="devices">The devices of who imports.</param>
/// <param name="metrics">Counts refusals.</param>
/// <param name="updates">Whether devices that differ are changed.</param>
/// <param name="maxLineBytes">How long a line may be.</param>
internal sealed class DeviceImport(
    HttpContext context, ReachedDevices devices, CoreMetrics metrics, bool updates, int maxLineBytes)
{
    // A lot delays what others write meanwhile by some milliseconds.
    private const int LotLines = 250;
    private const int LotBytes = 1024 * 1024;

    // Tries again of each line that was put off, on the chance that what it waits for comes with the same lot; on average.
    private const int MaxTriesAgain = 4;

    // Whose lines hold no devices sends something else.
    private const int MaxUnreadable = 10_000;

    private static readonly Refusal s_brokenOff = new(
        RefusalKind.Unavailable, "The gateway cannot store anything now; lines before were done. Send the import again later.");

    private readonly List<Line> _lot = new(LotLines);
    private readonly List<ImportFailure> _failures = [];
    private readonly PutOffLines _putOff = new();
    private List<(string Id, string What)> _news = [];
    private bool _mayPutOff = true;
    private long _lotBytes;
    private int _again;
    private int _againSinceCreated;
    private int _readable;
    private int _unreadable;
    private int _created;
    private int _changed;
    private int _unchanged;
    private int _failed;

    /// <summary>
    /// Set when the store has taken no more, the caller's credentials were taken away, or most lines cannot be read: why the import was
    /// broken off.
    /// </summary>
    public Refusal? Fault { get; private set; }

    /// <summary>How far it has come, in words.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture, $"{_created} created, {_changed} changed, {_unchanged} unchanged, {_failed} refused");

    /// <summary>The devices that were changed since this was last asked, and what of them.</summary>
    public IReadOnlyList<(string Id, string What)> TakeChanged()
    {
        List<(string Id, string What)> changed = _news;
        if (changed.Count > 0)
            _news = [];
        return changed;
    }

    /// <summary>Takes a line, and does the lot when it is full.</summary>
    /// <exception cref="OperationCanceledException">The client has gone; the lots before were done.</exception>
    public async ValueTask AddAsync(BodyLine line)
    {
        bool isRead = false;
        if (line.Bytes is null)
            Fail(line.Number, null, new Refusal(RefusalKind.TooLarge, $"A line has {maxLineBytes} bytes at the most."));
        else
            isRead = Take(line.Number, line.Bytes, isAgain: false);
        if (isRead)
        {
            _readable++;
            await DoIfFullAsync();
        }
        else if (++_unreadable % LotLines == 0)
        {
            await LookUpAsync(line.Number);
        }
    }

    /// <summary>Does the rest, and those lines whose gateway has come after them.</summary>
    /// <exception cref="OperationCanceledException">The client has gone; the lots before were done.</exception>
    public async ValueTask<DeviceImportView> FinishAsync()
    {
        await DoAsync();
        await TryAgainAsync();
        _mayPutOff = false;
        _putOff.GiveUp();
        await TryAgainAsync();
        _failures.Sort(static (a, b) => a.Line.CompareTo(b.Line));
        return new DeviceImportView
        {
            Created = _created,
            Changed = _changed,
            Unchanged = _unchanged,
            Failed = _failed,
            Failures = _failures,
        };
    }

    private async ValueTask TryAgainAsync()
    {
        while (Fault is null && _putOff.TryNext(out PutOffLine? line))
        {
            Take(line.Number, line.Text, isAgain: true);
            await DoIfFullAsync();
            if (!_putOff.HasReady)
                await DoAsync();
        }
    }

    // False when the line cannot be read, which is told then.
    private bool Take(int number, byte[] bytes, bool isAgain)
    {
        string? id = null;
        try
        {
            DeviceCreation wish = RequestBody.Parse(bytes, RestanteJson.Plain.DeviceCreation);
            id = wish.Id;
            _lot.Add(new Line(number, bytes, DeviceReading.Imported(wish)));
            _lotBytes += bytes.Length;

            // Probably it comes: so a chain of gateways is done by the lot. Not for ever, as lines may wait for each other in a ring.
            if (isAgain && _again++ < MaxTriesAgain * _putOff.Lines && _againSinceCreated++ < LotLines)
                _putOff.Come(wish.Id!);
            return true;
        }
        catch (MalformedRequestException e)
        {
            Fail(number, id, e.Refusal);
            return false;
        }
    }

    // Lines that cannot be read fill no lot, and cost processors all the same.
    private async ValueTask LookUpAsync(int number)
    {
        if (await MayGoOnAsync() && _unreadable >= MaxUnreadable && _unreadable > _readable)
        {
            await DoAsync();
            Fault ??= new Refusal(
                RefusalKind.Malformed,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Broken off at line {number}: {_unreadable} lines cannot be read, more than can. The first that failed, line "
                    + $"{_failures[0].Line}: ")
                + _failures[0].Detail);
        }

        await Task.Yield();
    }

    private async ValueTask DoIfFullAsync()
    {
        if (_lot.Count == LotLines || _lotBytes >= LotBytes)
            await DoAsync();
    }

    private async ValueTask DoAsync()
    {
        if (_lot.Count == 0)
            return;
        if (await MayGoOnAsync())
            await DoLotAsync();
        _lot.Clear();
        _lotBytes = 0;
    }

    private async ValueTask<bool> MayGoOnAsync()
    {
        context.RequestAborted.ThrowIfCancellationRequested();
        if (await Caller.RecheckAsync(context) is Refusal refusal)
            Fault ??= refusal.Kind == RefusalKind.Unavailable ? s_brokenOff : refusal;
        return Fault is null;
    }

    private async ValueTask DoLotAsync()
    {
        ImportResult[] results = await devices.ImportAsync(_lot.ConvertAll(static l => l.Device), updates);
        for (int i = 0; i < results.Length; i++)
        {
            if (results[i].Refusal?.Kind == RefusalKind.Unavailable)
                Fault = s_brokenOff;
            else
                Count(_lot[i], results[i]);
        }
    }

    private void Count(Line line, ImportResult result)
    {
        string? missing = result.Status == DeviceLineStatus.GatewayNotFound ? line.Device.Gateway?.Value : null;
        if (missing is not null && _mayPutOff && _putOff.TryAdd(line.Number, line.Bytes, missing))
            return;
        if (result.Refusal is Refusal refusal)
        {
            Fail(line.Number, line.Device.Id, refusal, missing);
        }
        else if (result.Status == DeviceLineStatus.Created)
        {
            _created++;
            _againSinceCreated = 0;
            _putOff.Come(line.Device.Id);
        }
        else if (result.Status == DeviceLineStatus.Changed)
        {
            _changed++;
            _news.Add((line.Device.Id, result.What ?? string.Empty));
        }
        else
        {
            _unchanged++;
        }
    }

    private void Fail(int line, string? id, Refusal refusal, string? missingGateway = null)
    {
        _failed++;
        metrics.Refused(refusal.Kind);
        if (_failures.Count >= DeviceImportView.MaxFailures)
            return;
        _failures.Add(new ImportFailure
        {
            Line = line,
            Id = id,
            Kind = RefusalMap.NameOf(refusal.Kind),
            MissingGateway = missingGateway,
            Detail = refusal.Message,
        });
    }

    private readonly record struct Line(int Number, byte[] Bytes, ImportedDevice Device);
}
