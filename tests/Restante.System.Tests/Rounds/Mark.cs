using System.Text;

namespace Restante.System.Tests.Rounds;

/// <summary>What stands in every body: what it is, whose it is, and the testers' own name for it.</summary>
internal static class Mark
{
    public static byte[] Write(string kind, string device, string key) => Encoding.UTF8.GetBytes($"{kind}|{device}|{key}");

    /// <summary>Reads it; bytes that are none give themselves as the name, which nobody has sent.</summary>
    public static (string Device, string Key) Read(byte[] body)
    {
        string text = Encoding.UTF8.GetString(body);
        string[] parts = text.Split('|');
        return parts.Length == 3 ? (parts[1], parts[2]) : (string.Empty, $"'{text}'");
    }
}
