using System.Net.Http.Headers;
using Restante.Cli.Commands;
using Restante.Contracts;

namespace Restante.Cli.Bulk;

/// <summary>
/// One import of devices. Lines go to the gateway in lots, one after the other; after each lot it is noted beside the file how far it is. A
/// lot of which nobody knows whether it was done is sent again: what is there already is unchanged then.
/// </summary>
internal sealed class ImportRun : IDisposable
{
    private static readonly TimeSpan s_lotTime = TimeSpan.FromMinutes(5);

    private readonly CommandCall _call;
    private readonly ImportWishes _wishes;
    private readonly ProgressMeter _meter;
    private readonly Patience _patience;
    private readonly FailedLines _failed;
    private readonly WaitingLines _waiting;
    private ImportCheckpoint _at;
    private ImportCheckpoint _begunAt;

    public ImportRun(CommandCall call, ImportWishes wishes)
    {
        _call = call;
        _wishes = wishes;
        _meter = new ProgressMeter(call.Surroundings);
        _patience = new Patience(call.Surroundings, wishes.Patience, _meter);
        _failed = new FailedLines(wishes.FailedFile, _meter);
        _waiting = new WaitingLines(wishes.WaitingFile);
        _at = _begunAt = new ImportCheckpoint { Url = call.Client.Url.ToString(), Update = wishes.Update };
    }

    public async Task<ExitCode> RunAsync(CancellationToken cancellation)
    {
        try
        {
            await using Stream source = Open();
            FileStream? file = source is FileStream { CanSeek: true } seekable ? seekable : null; // A pipe cannot be gone back to either.
            Begin(file);
            await DoFileAsync(source, file, cancellation);
            await DoWaitingAsync(cancellation);
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
            throw new CliFailureException(ExitCode.Usage, e.Message, HowToGoOn());
        }

        _waiting.Delete();
        if (_wishes.CheckpointFile is string checkpoint)
            File.Delete(checkpoint);
        _meter.End();
        Report();
        return _at.Failed == 0 ? ExitCode.Done : ExitCode.Refused;
    }

    public void Dispose()
    {
        _failed.Dispose();
        _waiting.Dispose();
    }

    private Stream Open()
    {
        if (_wishes.File is null)
            return _call.Surroundings.OpenIn();
        try
        {
            return new FileStream(_wishes.File, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailureException(ExitCode.Usage, $"{_wishes.File} cannot be read: {e.Message}");
        }
    }

    private void Begin(FileStream? file)
    {
        if (_wishes.Resume && file is not null)
        {
            ImportCheckpoint? last = ImportCheckpoint.Read(_wishes.CheckpointFile!);
            if (last is null)
                _meter.Say($"There is no {_wishes.CheckpointFile}: beginning with the first line.");
            else
                GoOnFrom(last, file);
        }

        _failed.GoOnAt(_at.FailedBytes, _at.ReasonBytes);
        _waiting.GoOnAt(_at.WaitingBytes, _at.Waiting);
    }

    private void GoOnFrom(ImportCheckpoint last, FileStream file)
    {
        if (last.Url != _at.Url)
            throw new CliFailureException(ExitCode.Usage, $"The import that broke off was into {last.Url}; begin again without --resume.");
        if (last.Update != _at.Update)
            throw new CliFailureException(ExitCode.Usage, "The import that broke off had another --update; begin again without --resume.");
        if (last.Offset > file.Length || ImportCheckpoint.TailOf(file.Name, last.Offset) != last.Tail)
            throw new CliFailureException(ExitCode.Usage, $"{_wishes.File} has been changed since; begin again without --resume.");
        file.Position = last.Offset;
        _at = _begunAt = last;
        _meter.Say($"Going on after line {ProgressMeter.Number(last.Lines)}.");
    }

    private async Task DoFileAsync(Stream source, FileStream? file, CancellationToken cancellation)
    {
        var reader = new LineReader(source.ReadAsync, _at.Offset, _at.Lines);
        var lot = new LineLot();
        while (true)
        {
            ReadOnlyMemory<byte>? line = await reader.NextAsync(cancellation);
            if (line is not null)
                lot.Add(reader.Number, reader.Number == 1 ? WithoutMark(line.Value.Span) : line.Value.Span);
            if (line is not null && !lot.IsFull)
                continue;
            await DoAsync(lot, _waiting, cancellation);
            _at = _at with { Offset = reader.Offset, Lines = reader.Number };
            Save(file);
            double? share = file is null ? null : (double)(_at.Offset - _begunAt.Offset) / Math.Max(1, file.Length - _begunAt.Offset);
            _meter.Show(State, _at.Through - _begunAt.Through, share);
            if (line is null)
                return;
        }
    }

    // As long as one line becomes the gateway of another; those for which none has come fail in the end.
    private async Task DoWaitingAsync(CancellationToken cancellation)
    {
        for (bool goesOn = true; _waiting.Count > 0;)
        {
            using WaitingLines next = _waiting.Next();
            await foreach (LineLot lot in _waiting.LotsAsync(cancellation))
            {
                await DoAsync(lot, goesOn ? next : null, cancellation);
                _meter.Show(State, _at.Through - _begunAt.Through, null);
            }

            goesOn = next.Count < _waiting.Count;
            _waiting.ReplaceBy(next);
        }
    }

    private async Task DoAsync(LineLot lot, WaitingLines? waiting, CancellationToken cancellation)
    {
        if (lot.Count == 0)
            return;
        DeviceImportView done = await _patience.TryAsync(() => SendAsync(lot, cancellation), cancellation);
        int put = 0;
        foreach (ImportFailure failure in done.Failures)
        {
            (long number, ReadOnlyMemory<byte> line) = lot[failure.Line - 1];
            if (failure.MissingGateway is not null && waiting is not null)
            {
                waiting.Add(number, line.Span);
                put++;
            }
            else
            {
                _failed.Add(number, line.Span, failure);
            }
        }

        _at = _at with
        {
            Created = _at.Created + done.Created,
            Changed = _at.Changed + done.Changed,
            Unchanged = _at.Unchanged + done.Unchanged,
            Failed = _at.Failed + done.Failed - put,
        };
        lot.Clear();
    }

    private async Task<DeviceImportView> SendAsync(LineLot lot, CancellationToken cancellation)
    {
        var body = new ReadOnlyMemoryContent(lot.Body);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        string path = "/v1/devices/import" + (_wishes.Update ? "?update" : string.Empty);
        using HttpResponseMessage response = await _call.Client.SendAsync(HttpMethod.Post, path, body, s_lotTime, cancellation);
        return await _call.Client.ReadAsync(response, RestanteJson.Plain.DeviceImportView, cancellation);
    }

    private void Save(FileStream? file)
    {
        if (file is null)
            return;
        _failed.Flush();
        _waiting.Flush();
        _at = _at with
        {
            Waiting = _waiting.Count,
            WaitingBytes = _waiting.Bytes,
            FailedBytes = _failed.Bytes,
            ReasonBytes = _failed.ReasonBytes,
            Tail = ImportCheckpoint.TailOf(file.Name, _at.Offset),
        };
        _at.Write(_wishes.CheckpointFile!);
    }

    private string State() =>
        $"{ProgressMeter.Number(_at.Lines)} lines: {ProgressMeter.Number(_at.Created)} created, "
        + $"{ProgressMeter.Number(_at.Changed)} changed, {ProgressMeter.Number(_at.Unchanged)} unchanged, "
        + $"{ProgressMeter.Number(_at.Failed)} failed";

    private string HowToGoOn()
    {
        if (_at.Lines == 0)
            return string.Empty;
        string done = $"{ProgressMeter.Number(_at.Lines)} lines are through.";
        return _wishes.File is null
            ? $"{done} Send it all again: what is there already is left as it is."
            : $"{done} Go on with: restante device import {_wishes.File}{(_wishes.Update ? " --update" : string.Empty)} --resume";
    }

    private void Report()
    {
        if (_call.Report.IsJson)
        {
            var summary = new ImportSummary(_at.Lines, _at.Created, _at.Changed, _at.Unchanged, _at.Failed, _failed.File);
            _call.Report.Json(summary, BulkJson.Default.ImportSummary);
            return;
        }

        _call.Report.Facts(
            ("created", ProgressMeter.Number(_at.Created)),
            ("changed", ProgressMeter.Number(_at.Changed)),
            ("unchanged", ProgressMeter.Number(_at.Unchanged)),
            ("failed", ProgressMeter.Number(_at.Failed)),
            ("failed lines", _failed.File is null ? null : $"{_failed.File} (why: {_failed.File}.why)"),
            ("time", $"{Durations.Rough(_meter.Elapsed)}, {_meter.Rate(_at.Through - _begunAt.Through)}"));
    }

    // The mark that some editors put before the first line of a file.
    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> line) =>
        line.StartsWith("\uFEFF"u8) ? line["\uFEFF"u8.Length..] : line;
}
