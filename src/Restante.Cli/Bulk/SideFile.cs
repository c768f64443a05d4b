namespace Restante.Cli.Bulk;

/// <summary>
/// A file beside the one that is worked on; made when something is written. Only its owner may read it, as lines may hold keys.
/// </summary>
internal sealed class SideFile(string path) : IDisposable
{
    private FileStream? _stream;

    public string Path { get; } = path;

    /// <summary>How many bytes are in it.</summary>
    public long Length { get; private set; }

    /// <summary>Opens a file so that nobody else may read it.</summary>
    public static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _stream ??= Open(Path, FileMode.OpenOrCreate);
        if (_stream.Position != Length)
            _stream.Position = Length;
        _stream.Write(bytes);
        Length += bytes.Length;
    }

    /// <summary>Hands what was written to the system, so that it outlives this process.</summary>
    public void Flush() => _stream?.Flush();

    /// <summary>Reads it from its beginning.</summary>
    public LineReader Read()
    {
        Flush();
        _stream ??= Open(Path, FileMode.OpenOrCreate);
        _stream.Position = 0;
        return new LineReader(_stream.ReadAsync);
    }

    /// <summary>Goes on behind what had been written when a checkpoint was made.</summary>
    /// <param name="length">How much that was.</param>
    public void GoOnAt(long length)
    {
        Length = length;
        if (length == 0)
        {
            Delete();
            return;
        }

        _stream = Open(Path, FileMode.OpenOrCreate);
        if (_stream.Length < length)
            throw new CliFailureException(ExitCode.Usage, $"{Path} has been changed since; begin again without --resume.");
        _stream.SetLength(length);
    }

    /// <summary>Puts another file in its place, which is none any more then.</summary>
    public void ReplaceBy(SideFile other)
    {
        Dispose();
        other.Dispose();
        if (other.Length > 0)
            File.Move(other.Path, Path, overwrite: true);
        else
            File.Delete(Path);
        Length = other.Length;
    }

    public void Delete()
    {
        Dispose();
        File.Delete(Path);
        Length = 0;
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
    }
}
