using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Restante.Core;
using Restante.Core.Limits;
using Restante.Server.Hosting;
using Restante.Server.Safekeeping;
using Restante.Storage.Conformance.Memory;
using Restante.Storage.Conformance.Streams;

namespace Restante.Server.Tests.Safekeeping;

/// <summary>How notes of local acts come into the audit log.</summary>
public sealed class NoteIntakeTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
    private readonly MemoryStreamStore _kept = new();
    private readonly MemoryGatewayStore _store;
    private readonly Gateway _gateway;
    private readonly DataDirectory _data;
    private readonly NoteIntake _intake;

    public NoteIntakeTests()
    {
        _store = new MemoryGatewayStore(audit: _kept);
        _gateway = new Gateway(_store, new GatewayLimits(), TimeProvider.System, NullLoggerFactory.Instance);
        _data = DataDirectory.At(_folder);
        _intake = new NoteIntake(_data, _gateway.Audit, TimeProvider.System, NullLogger.Instance);
    }

    [Fact]
    public async Task A_note_makes_one_entry_however_long_the_log_cannot_be_written()
    {
        LocalActs.Leave(_data, "backup", null);
        LocalActs.Leave(_data, "restore", null);
        _kept.Unavailable = true;
        for (int i = 0; i < 5; i++)
            await _intake.TakeInAsync();
        Assert.Equal(2, Notes);
        _kept.Unavailable = false;
        await _intake.TakeInAsync();
        Assert.Equal(0, Notes);
        Assert.Equal(["backup", "restore"], await ActsAsync());
    }

    [Fact]
    public async Task A_user_without_a_name_does_not_keep_later_acts_from_the_log()
    {
        _data.EnsureNotes();
        foreach (string user in (string[])["", new string('x', 500)])
        {
            await File.WriteAllTextAsync(
                Path.Combine(_data.Notes, $"1{user.Length}.act"), $$"""{"Act":"backup","User":"{{user}}","Detail":null,"At":"2026-01-01T12:00:00Z"}""");
        }

        await _intake.TakeInAsync();
        Assert.Equal(0, Notes);
        Assert.Null(await _gateway.Audit.AdmitAsync());
        Assert.Equal(["backup", "backup"], await ActsAsync());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{")]
    public async Task What_is_no_note_goes_and_keeps_no_act_from_the_log(string text)
    {
        _data.EnsureNotes();
        await File.WriteAllTextAsync(Path.Combine(_data.Notes, "0.act"), text);
        LocalActs.Leave(_data, "backup", null);
        await _intake.TakeInAsync();
        Assert.Equal(0, Notes);
        Assert.Null(await _gateway.Audit.AdmitAsync());
        Assert.Equal(["backup"], await ActsAsync());
    }

    [Fact]
    public async Task A_note_that_cannot_be_read_keeps_no_other_waiting()
    {
        _data.EnsureNotes();
        string broken = Path.Combine(_data.Notes, "0.act");
        File.CreateSymbolicLink(broken, broken); // No user may read it, whatever his rights.
        LocalActs.Leave(_data, "backup", null);
        await _intake.TakeInAsync();
        Assert.Equal(["backup"], await ActsAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _gateway.Dispose();
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private int Notes => Directory.EnumerateFiles(_data.Notes).Count();

    private async Task<List<string?>> ActsAsync() =>
        [.. (await _gateway.Audit.ReadAsync(0, 100)).Value!.Records.Select(r => JsonElement.Parse(r.Line.Span).GetProperty("act").GetString())];
}
