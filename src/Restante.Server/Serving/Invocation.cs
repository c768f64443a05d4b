namespace Restante.Server.Serving;

/// <summary>How the user typed this program, so that lines to copy work where they are pasted.</summary>
internal static class Invocation
{
    /// <summary>The program: as the launcher of a working copy says, else by its path, through dotnet where it was started so.</summary>
    public static string Program
    {
        get
        {
            if (Environment.GetEnvironmentVariable("RESTANTE_PROGRAM") is { Length: > 0 } launcher)
                return launcher;
            string path = Environment.ProcessPath ?? "restante";
            return Path.GetFileNameWithoutExtension(path) == "dotnet" ? $"{path} {Environment.GetCommandLineArgs()[0]}" : path;
        }
    }
}
