using System.Globalization;

namespace Restante.Bench.Measuring;

/// <summary>What the kernel says of a process on this machine.</summary>
internal static class ProcessFacts
{
    private const double TicksPerSecond = 100; // USER_HZ, fixed in the kernel's interface.

    /// <summary>Resident memory, in bytes; 0 where the kernel does not say.</summary>
    public static long ResidentBytes(int? process)
    {
        string path = $"/proc/{process}/status";
        if (process is null || !File.Exists(path))
            return 0;
        foreach (string line in File.ReadLines(path))
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
                return long.Parse(line.AsSpan(6, line.Length - 9).Trim(), NumberStyles.None, CultureInfo.InvariantCulture) * 1024;
        }

        return 0;
    }

    /// <summary>Time on a processor so far, in user and kernel mode together.</summary>
    public static TimeSpan ProcessorTime(int? process)
    {
        string path = $"/proc/{process}/stat";
        if (process is null || !File.Exists(path))
            return TimeSpan.Zero;
        string stat = File.ReadAllText(path);
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        double ticks = double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    /// <summary>How many files and sockets this process may have open.</summary>
    public static long MaxOpenFiles()
    {
        if (!File.Exists("/proc/self/limits"))
            return long.MaxValue;
        string? line = File.ReadLines("/proc/self/limits").FirstOrDefault(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        string? soft = line?["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, CultureInfo.InvariantCulture, out long limit) ? limit : long.MaxValue;
    }
}
