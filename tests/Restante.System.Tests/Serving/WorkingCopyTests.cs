using System.Diagnostics;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Serving;

/// <summary>The script that runs the program of a working copy.</summary>
public sealed class WorkingCopyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("restante-script").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_is_found_through_links_wherever_they_stand()
    {
        // A working copy with something built in it that only says what it was asked.
        string copy = Path.Combine(_folder, "the copy"), program = Path.Combine(copy, "artifacts/bin/Restante.Server/release/restante");
        Directory.CreateDirectory(Path.GetDirectoryName(program)!);
        Directory.CreateDirectory(Path.Combine(copy, "src"));
        Directory.CreateDirectory(Path.Combine(_folder, "bin"));
        await File.WriteAllTextAsync(program, "#!/bin/sh\necho \"asked: $*\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string script = Path.Combine(copy, "restante");
        File.Copy(Path.Combine(Tool.Sources, "..", "..", "restante"), script);
        string absolute = Path.Combine(_folder, "bin", "absolute"), relative = Path.Combine(_folder, "bin", "relative");
        File.CreateSymbolicLink(absolute, script);
        File.CreateSymbolicLink(relative, "../the copy/restante");
        File.CreateSymbolicLink(Path.Combine(_folder, "twice"), "bin/relative");
        foreach (string started in (string[])[script, absolute, relative, Path.Combine(_folder, "twice")])
            Assert.Equal("asked: device list", await RunAsync(started));
    }

    private static async Task<string> RunAsync(string script)
    {
        var start = new ProcessStartInfo(script, ["device", "list"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        using Process process = Process.Start(start)!;
        Task<string> said = process.StandardOutput.ReadToEndAsync(), complained = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (await said + await complained).Trim();
    }
}
