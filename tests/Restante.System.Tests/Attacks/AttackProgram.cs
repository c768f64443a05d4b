using System.Diagnostics;
using System.Globalization;

namespace Restante.System.Tests.Attacks;

/// <summary>
/// Attackers are a process of their own, so that the good client of the tests waits for the gateway and not for them. Started with the name
/// of an attack; the target comes as a line on the input, whose end is the end of the attack.
/// </summary>
internal static class AttackProgram
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);

    /// <summary>The attackers.</summary>
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments.Length != 1 || AttackList.All.FirstOrDefault(a => a.Name == arguments[0]) is not { } attack)
        {
            await Console.Error.WriteLineAsync("Tests are run by 'dotnet test', attacks by eng/attack.");
            return 2;
        }

        AttackTarget target = AttackTarget.Read((await Console.In.ReadLineAsync())!);
        using var end = new CancellationTokenSource();
        Task attacking = attack.WorkAsync(target, end.Token);
        while (attack.Blows == 0 && !attacking.IsCompleted)
            await Task.Delay(s_look);
        await Console.Out.WriteLineAsync("begun");
        await Console.In.ReadToEndAsync();
        // Who waits for the gateway still dies with the process.
        await Console.Out.WriteLineAsync(attack.Blows.ToString(CultureInfo.InvariantCulture));
        return attacking.IsFaulted ? 1 : 0;
    }

    /// <summary>Starts an attack, does something once it has begun, and ends the attack.</summary>
    /// <returns>How many blows there were meanwhile.</returns>
    public static async Task<long> DuringAsync(Attack attack, AttackTarget target, Func<Task> work)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(AttackProgram).Assembly.Location, attack.Name])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        try
        {
            await process.StandardInput.WriteLineAsync(target.Write());
            Assert.Equal("begun", await process.StandardOutput.ReadLineAsync().WaitAsync(s_patience));
            await work();
            process.StandardInput.Close();
            string said = await process.StandardOutput.ReadToEndAsync().WaitAsync(s_patience);
            await process.WaitForExitAsync().WaitAsync(s_patience);
            Assert.Equal(0, process.ExitCode);
            return long.Parse(said, CultureInfo.InvariantCulture);
        }
        finally
        {
            process.Kill();
        }
    }
}
