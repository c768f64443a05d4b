using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Documentation;

/// <summary>Does what a reader of a page does: in a directory with the program and a gateway of its own, block after block.</summary>
public sealed class PageRun : IAsyncDisposable
{
    private const string QuickStart = "docs/quick-start.md";
    private const string UsualPorts = @"(?<=localhost:|-p )(5671|8883|8443)\b|(?<=""localhost"", )8883\b";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    // The gateway of the run stands for the one; the story of the other has a test of its own.
    private static readonly string[] s_notRun = ["./restante serve\n", "./restante demo\n"];

    private readonly GatewayProcess _gateway;
    private readonly string _directory = Directory.CreateTempSubdirectory("restante-page-").FullName;
    private readonly Dictionary<string, Terminal> _terminals = [];
    private readonly Dictionary<string, (Page.Block Block, Task<(int ExitCode, string Output)> Ended)> _running = [];
    private readonly StringBuilder _everywhere = new();

    private PageRun(GatewayProcess gateway)
    {
        _gateway = gateway;
        File.CreateSymbolicLink(Path.Combine(_directory, "restante"), GatewayProcess.Executable);
        Directory.CreateSymbolicLink(Path.Combine(_directory, "restante-data"), gateway.Data);
        string modules = Path.Combine(Tool.Sources, "node", "node_modules");
        Directory.CreateSymbolicLink(Path.Combine(_directory, "node_modules"), modules);
    }

    /// <summary>Runs a page.</summary>
    /// <param name="path">Where it is in the working copy.</param>
    /// <param name="afterQuickStart">Begin where the quick start has ended, with its device and its files.</param>
    public static async Task RunAsync(string path, bool afterQuickStart)
    {
        await using var run = new PageRun(await GatewayProcess.StartAsync());
        if (afterQuickStart)
        {
            await run._gateway.CreateDeviceAsync("truck-17");
            foreach (Page.Block block in Page.Read(QuickStart).Blocks.Where(b => b.File is not null))
                run.Save(block);
        }

        await run.FollowAsync(Page.Read(path));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Terminal terminal in _terminals.Values)
            terminal.Dispose();
        await _gateway.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task FollowAsync(Page page)
    {
        foreach (Page.Block block in page.Blocks)
        {
            if (block.Language is "python" or "js")
                Save(block);
            else if (block.Language == "sh" && !s_notRun.Contains(block.Text))
                await StartAsync(page, block);
        }

        foreach (string terminal in _running.Keys.ToList())
            await FinishAsync(page, terminal);
    }

    private void Save(Page.Block block)
    {
        Assert.True(block.File is not null, $"The program in line {block.Line} has no file=NAME: nobody can run it.");
        File.WriteAllText(Path.Combine(_directory, block.File), Here(block.Text));
    }

    private async Task StartAsync(Page page, Page.Block block)
    {
        bool everywhere = block.Terminal == "all";
        string name = everywhere ? "1" : block.Terminal;
        if (_running.ContainsKey(name))
            await FinishAsync(page, name);
        if (!_terminals.TryGetValue(name, out Terminal? terminal))
        {
            _terminals.Add(name, terminal = new Terminal(_directory));
            await terminal.RunAsync(_everywhere.ToString()).WaitAsync(s_patience);
        }

        string code = Here(block.Text);
        if (everywhere)
            _everywhere.Append(code);
        _running.Add(name, (block, terminal.RunAsync(code)));
        if (name == "1")
            await FinishAsync(page, name);
    }

    private async Task FinishAsync(Page page, string terminal)
    {
        _running.Remove(terminal, out (Page.Block Block, Task<(int ExitCode, string Output)> Ended) running);
        string what = $"{page.Path}:{running.Block.Line}\n{running.Block.Text}";
        string? shown = page.OutputOf(running.Block);
        if (running.Block.Stays)
        {
            Task written = _terminals[terminal].WrittenAsync(output => shown is null || Page.IsShown(shown, output));
            await Task.WhenAny(written, running.Ended, Task.Delay(s_patience));
            Assert.True(written.IsCompleted, $"{what}has not written:\n{shown}\n--- the gateway says:\n{_gateway.Output}");
            _terminals.Remove(terminal, out Terminal? left);
            left!.Dispose();
            return;
        }

        await Task.WhenAny(running.Ended, Task.Delay(s_patience));
        Assert.True(running.Ended.IsCompleted, $"{what}has not ended.\n--- the gateway says:\n{_gateway.Output}");
        (int exit, string output) = await running.Ended;
        Assert.True(exit == 0, $"{what}ended with {exit} and wrote:\n{output}\n--- the gateway says:\n{_gateway.Output}");
        Assert.True(shown is null || Page.IsShown(shown, output), $"{what}wrote:\n{output}\n--- the page shows:\n{shown}");
    }

    // The ports of this gateway for those that the pages name.
    private string Here(string text) => Regex.Replace(text, UsualPorts, port => port.Value switch
    {
        "5671" => _gateway.AmqpPort.ToString(CultureInfo.InvariantCulture),
        "8883" => _gateway.MqttPort.ToString(CultureInfo.InvariantCulture),
        _ => _gateway.HttpsPort.ToString(CultureInfo.InvariantCulture),
    });
}
