using System.Globalization;
using System.Text;
using Restante.Cli.Output;
using Restante.Contracts;

namespace Restante.Cli.Bulk;

/// <summary>
/// The lines that were refused: in a file as they were, to be mended and imported, and in a second one why, a line each. The first few are
/// told at once.
/// </summary>
/// <param name="path">The file; null when they are not kept.</param>
/// <param name="meter">Where the first few are told.</param>
internal sealed class FailedLines(string? path, ProgressMeter meter) : IDisposable
{
    private const int MaxTold = 10;

    private readonly SideFile? _lines = path is null ? null : new SideFile(path);
    private readonly SideFile? _reasons = path is null ? null : new SideFile(path + ".why");
    private int _told;

    /// <summary>Where they are; null when there are none or they are not kept.</summary>
    public string? File => _lines is { Length: > 0 } ? _lines.Path : null;

    public long Bytes => _lines?.Length ?? 0;

    public long ReasonBytes => _reasons?.Length ?? 0;

    public void Add(long number, ReadOnlySpan<byte> line, ImportFailure failure)
    {
        string about = failure.Id is null ? string.Empty : $" ({failure.Id})";
        string why = string.Create(CultureInfo.InvariantCulture, $"line {number}{about}: {failure.Kind}: {failure.Detail}");
        if (_told < MaxTold)
            meter.Say(why);
        else if (_told == MaxTold)
            meter.Say(path is null ? "Further lines that fail are counted; --failed FILE keeps them." : $"Further ones are in {path}.why.");
        _told = Math.Min(_told + 1, MaxTold + 1);
        _lines?.Write([.. line, (byte)'\n']);
        _reasons?.Write(Encoding.UTF8.GetBytes(SafeText.Of(why) + "\n"));
    }

    public void Flush()
    {
        _lines?.Flush();
        _reasons?.Flush();
    }

    /// <summary>Goes on where a checkpoint was made; at 0 what an older import left is removed.</summary>
    public void GoOnAt(long bytes, long reasonBytes)
    {
        _lines?.GoOnAt(bytes);
        _reasons?.GoOnAt(reasonBytes);
    }

    public void Dispose()
    {
        _lines?.Dispose();
        _reasons?.Dispose();
    }
}
