using System.Globalization;
using Restante.Contracts;
using Restante.Core.Metrics;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Storage;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;

namespace Restante.Heads.Http.Endpoints;

/// <summary>An import as far as it has come. Lines are done in lots, each in one transaction.</summary>
/// <param name="devices">The devices of who imports.</param>
/// <param name="metrics">Counts refusals.</param>
/// <param name="updates">Whether devices that differ are changed.</param>
/// <param name="maxLineBytes">How long a line may be.</param>
internal sealed class DeviceImport(ReachedDevices devices, CoreMetrics metrics, bool updates, int maxLineBytes)
{
    // A lot delays what others write meanwhile by some milliseconds.
    private const int LotLines = 250;
    private const int LotBytes = 1024 * 1024;

    /// <summary>Memory of the lines whose gateway may come later in the import; what is beyond fails.</summary>
    public const int MaxPutOffBytes = 4 * 1024 * 1024;

    /// <summary>What a line that is put off takes beside its text: the array of its bytes, and its place in a list that doubles.</summary>
    public const int PutOffOverheadBytes = 64;

    private static readonly Refusal s_brokenOff = new(
        RefusalKind.Unavailable, "The gateway cannot store anything now; lines before were done. Send the import again later.");

    private readonly List<Line> _lot = new(LotLines);
    private readonly List<ImportFailure> _failures = [];
    private List<(string Id, string What)> _news = [];
    private List<PutOffLine> _putOff = []; // As they came: what was read out of them takes several times the room.
    private long _lotBytes;
    private long _putOffBytes;
    private int _created;
    private int _changed;
    private int _unchanged;
    private int _failed;

    /// <summary>Set when the store has taken no more: why the import was broken off.</summary>
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
    public async ValueTask AddAsync(BodyLine line)
    {
        if (line.Bytes is null)
        {
            Fail(line.Number, null, new Refusal(RefusalKind.TooLarge, $"A line has {maxLineBytes} bytes at the most."));
            return;
        }

        await TakeAsync(line.Number, line.Bytes, mayPutOff: true);
    }

    /// <summary>Does the rest, and those lines whose gateway has come after them.</summary>
    public async ValueTask<DeviceImportView> FinishAsync()
    {
        await DoAsync(mayPutOff: true);
        for (int before = int.MaxValue; _putOff.Count > 0 && Fault is null;)
        {
            bool goesOn = _putOff.Count < before; // As long as one becomes the gateway of another.
            before = _putOff.Count;
            List<PutOffLine> again = _putOff;
            (_putOff, _putOffBytes) = ([], 0);
            foreach (PutOffLine line in again)
                await TakeAsync(line.Number, line.Bytes, goesOn);
            await DoAsync(goesOn);
        }

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

    private async ValueTask TakeAsync(int number, byte[] bytes, bool mayPutOff)
    {
        string? id = null;
        try
        {
            DeviceCreation wish = RequestBody.Parse(bytes, RestanteJson.Plain.DeviceCreation);
            id = wish.Id;
            _lot.Add(new Line(number, bytes, DeviceReading.Imported(wish)));
            _lotBytes += bytes.Length;
        }
        catch (MalformedRequestException e)
        {
            Fail(number, id, e.Refusal);
        }

        if (_lot.Count == LotLines || _lotBytes >= LotBytes)
            await DoAsync(mayPutOff);
    }

    private async ValueTask DoAsync(bool mayPutOff)
    {
        if (_lot.Count == 0)
            return;
        ImportResult[] results = await devices.ImportAsync(_lot.ConvertAll(static l => l.Device), updates);
        for (int i = 0; i < results.Length; i++)
        {
            if (results[i].Refusal?.Kind == RefusalKind.Unavailable)
                Fault = s_brokenOff;
            else
                Count(_lot[i], results[i], mayPutOff);
        }

        _lot.Clear();
        _lotBytes = 0;
    }

    private void Count(Line line, ImportResult result, bool mayPutOff)
    {
        bool lacksGateway = result.Status == DeviceLineStatus.GatewayNotFound;
        int bytes = line.Bytes.Length + PutOffOverheadBytes;
        if (lacksGateway && mayPutOff && _putOffBytes + bytes <= MaxPutOffBytes)
        {
            _putOff.Add(new PutOffLine(line.Number, line.Bytes));
            _putOffBytes += bytes;
        }
        else if (result.Refusal is Refusal refusal)
        {
            Fail(line.Number, line.Device.Id, refusal, lacksGateway ? line.Device.Gateway?.Value : null);
        }
        else if (result.Status == DeviceLineStatus.Created)
        {
            _created++;
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

    private readonly record struct PutOffLine(int Number, byte[] Bytes);
}
