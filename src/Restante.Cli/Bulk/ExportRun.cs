using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Restante.Cli.Commands;

namespace Restante.Cli.Bulk;

/// <summary>
/// One export of devices. When it breaks off it goes on after the last device that came whole; a file has its name when it is complete.
/// </summary>
internal sealed class ExportRun(CommandCall call, ExportWishes wishes)
{
    /// <summary>How many devices the gateway has in all, where it says so.</summary>
    public const string CountHeader = "Restante-Devices";

    private const int PieceBytes = 64 * 1024;

    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(60);

    private readonly ProgressMeter _meter = new(call.Surroundings);
    private readonly ArrayBufferWriter<byte> _piece = new(PieceBytes * 2);
    private byte[] _last = [];
    private string? _after;
    private long _devices;
    private long _before;
    private long? _all;

    private string PartFile => wishes.File + ".part";

    public async Task<ExitCode> RunAsync(CancellationToken cancellation)
    {
        var patience = new Patience(call.Surroundings, wishes.Patience, _meter);
        try
        {
            await using FileStream? file = wishes.File is null ? null : await OpenAsync(cancellation);
            Func<ReadOnlyMemory<byte>, ValueTask> write = file is null ? PrintAsync : bytes => file.WriteAsync(bytes, cancellation);
            await patience.TryAsync(() => ReadAsync(write, cancellation), cancellation);
        }
        catch (CliFailureException e)
        {
            _meter.End();
            throw new CliFailureException(e.Code, e.Message, $"{e.Mend} {HowToGoOn()}".Trim());
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            _meter.End();
            throw new CliFailureException(ExitCode.Refused, "Interrupted.", HowToGoOn());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _meter.End();
            throw new CliFailureException(ExitCode.Usage, e.Message);
        }

        _meter.End();
        if (wishes.File is not null)
            Finish();
        return ExitCode.Done;
    }

    private async Task<bool> ReadAsync(Func<ReadOnlyMemory<byte>, ValueTask> write, CancellationToken cancellation)
    {
        char separator = wishes.Path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        string path = _after is null ? wishes.Path : $"{wishes.Path}{separator}after={Uri.EscapeDataString(_after)}";
        using HttpResponseMessage response = await call.Client.SendAsync(HttpMethod.Get, path, null, s_silence, cancellation);
        if (response.Headers.TryGetValues(CountHeader, out IEnumerable<string>? values)
            && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out long all))
            _all = all;
        try
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
            var reader = new LineReader((memory, token) => ReadAsync(body, memory, token));
            while (await reader.NextAsync(cancellation) is ReadOnlyMemory<byte> line)
            {
                if (!reader.IsWhole)
                    throw BrokenOff();
                _piece.Write(line.Span);
                _piece.Write("\n"u8);
                _devices++;
                if (_piece.WrittenCount >= PieceBytes)
                    await WritePieceAsync(write, line);
            }
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException)
        {
            throw BrokenOff();
        }
        finally
        {
            await WritePieceAsync(write, default);
        }

        return true;
    }

    private async ValueTask<int> ReadAsync(Stream body, Memory<byte> memory, CancellationToken cancellation)
    {
        using var silence = new CancellationTokenSource(s_silence, call.Surroundings.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellation);
        try
        {
            return await body.ReadAsync(memory, both.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw BrokenOff();
        }
        catch (IOException)
        {
            throw BrokenOff();
        }
    }

    private async ValueTask WritePieceAsync(Func<ReadOnlyMemory<byte>, ValueTask> write, ReadOnlyMemory<byte> last)
    {
        if (_piece.WrittenCount == 0)
            return;
        await write(_piece.WrittenMemory);
        _last = last.IsEmpty ? LastLineOf(_piece.WrittenSpan).ToArray() : last.ToArray();
        _after = IdOf(_last);
        _piece.ResetWrittenCount();
        if (wishes.File is not null)
            _meter.Show(() => $"{ProgressMeter.Number(_devices)} devices", _devices - _before, Share());
    }

    private double? Share() => _all is long all ? (double)(_devices - _before) / Math.Max(1, all - _before) : null;

    private ValueTask PrintAsync(ReadOnlyMemory<byte> bytes)
    {
        call.Surroundings.Out.Write(Encoding.UTF8.GetString(bytes.Span));
        return ValueTask.CompletedTask;
    }

    private async Task<FileStream> OpenAsync(CancellationToken cancellation)
    {
        bool goesOn = wishes.Resume && File.Exists(PartFile);
        if (wishes.Resume && !goesOn)
            _meter.Say($"There is no {PartFile}: beginning with the first device.");
        FileStream file = SideFile.Open(PartFile, goesOn ? FileMode.OpenOrCreate : FileMode.Create);
        var reader = new LineReader(file.ReadAsync);
        long whole = 0;
        while (await reader.NextAsync(cancellation) is ReadOnlyMemory<byte> line && reader.IsWhole)
        {
            whole = reader.Offset;
            _last = line.ToArray();
            _devices = _before = reader.Number;
        }

        file.SetLength(whole);
        file.Position = whole;
        if (whole == 0)
            return file;
        _after = IdOf(_last);
        _meter.Say($"Going on after {ProgressMeter.Number(_devices)} devices.");
        return file;
    }

    private void Finish()
    {
        File.Move(PartFile, wishes.File!, overwrite: true);
        if (call.Report.IsJson)
            call.Report.Json(new ExportSummary(_devices, wishes.File!), BulkJson.Default.ExportSummary);
        else
            call.Report.Facts(
                ("devices", ProgressMeter.Number(_devices)),
                ("file", wishes.File),
                ("time", $"{Durations.Rough(_meter.Elapsed)}, {_meter.Rate(_devices - _before)}"));
    }

    private string HowToGoOn() => wishes.File is null || _devices == 0
        ? string.Empty
        : $"{ProgressMeter.Number(_devices)} devices are in {PartFile}. Go on with the same command and --resume.";

    private CliFailureException BrokenOff() => new(ExitCode.Unreachable, $"{call.Client.Url} broke off the export.");

    private static ReadOnlySpan<byte> LastLineOf(ReadOnlySpan<byte> lines)
    {
        ReadOnlySpan<byte> rest = lines[..^1];
        return rest[(rest.LastIndexOf((byte)'\n') + 1)..];
    }

    private static string IdOf(byte[] line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.GetProperty("id").GetString()!;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new CliFailureException(ExitCode.Usage, "The last line is no device; begin again without --resume.");
        }
    }
}
