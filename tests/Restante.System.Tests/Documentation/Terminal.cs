using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Restante.System.Tests.Documentation;

/// <summary>A shell that runs one block of code after the other, and keeps its variables between them.</summary>
public sealed class Terminal : IDisposable
{
    private const string EndMark = "--the-block-has-ended:";

    private readonly Process _shell;
    private readonly string _directory;
    private readonly StringBuilder _output = new();
    private TaskCompletionSource<(int ExitCode, string Output)> _ended = new();
    private (Func<string, bool> IsMet, TaskCompletionSource Met)? _awaited;
    private int _blocks;

    public Terminal(string directory)
    {
        _directory = directory;
        var start = new ProcessStartInfo("bash")
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["PATH"] = $"/usr/bin:{start.Environment["PATH"]}";
        _shell = new Process { StartInfo = start, EnableRaisingEvents = true };
        _shell.OutputDataReceived += (_, line) => Collect(line.Data);
        _shell.Start();
        _shell.BeginOutputReadLine();
        _shell.StandardInput.WriteLine("exec 2>&1");
    }

    /// <summary>Starts a block; ends with its exit code and all that it wrote. The block before it has ended.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(string code)
    {
        _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        string file = Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture, $".block-{_shell.Id}-{++_blocks}.sh"));
        File.WriteAllText(file, code);
        _shell.StandardInput.WriteLine($". {file} < /dev/null; echo \"{EndMark}$?\"");
        _shell.StandardInput.Flush();
        return _ended.Task;
    }

    /// <summary>Ends when what the block has written meets a condition.</summary>
    public Task WrittenAsync(Func<string, bool> condition)
    {
        lock (_output)
        {
            var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (condition(_output.ToString()))
                met.SetResult();
            else
                _awaited = (condition, met);
            return met.Task;
        }
    }

    public void Dispose()
    {
        if (!_shell.HasExited)
            _shell.Kill(entireProcessTree: true);
        _shell.Dispose();
    }

    private void Collect(string? line)
    {
        lock (_output)
        {
            int mark = line?.IndexOf(EndMark, StringComparison.Ordinal) ?? -1;
            if (line is not null && mark < 0)
            {
                _output.Append(line).Append('\n');
                if (_awaited is { } awaited && awaited.IsMet(_output.ToString()))
                    awaited.Met.TrySetResult();
                return;
            }

            // Without a line the shell itself has ended.
            _output.Append(line.AsSpan(0, Math.Max(mark, 0)));
            int exit = line is null ? -1 : int.Parse(line.AsSpan(mark + EndMark.Length), CultureInfo.InvariantCulture);
            _ended.TrySetResult((exit, _output.ToString()));
            _output.Clear();
        }
    }
}
