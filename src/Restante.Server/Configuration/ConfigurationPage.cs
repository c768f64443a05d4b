using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Restante.Server.Configuration;

/// <summary>Writes the page of all settings from the options themselves and their documentation comments.</summary>
internal static partial class ConfigurationPage
{
    /// <summary>The page, in Markdown.</summary>
    public static string Write()
    {
        var page = new StringBuilder();
        page.Append(
            """
            # Configuration

            Written by `restante configuration`; a test compares this page with the options of the program.

            Every setting has a default, so `restante serve` needs none. A setting is made, the later winning over the earlier, in a JSON file
            (`restante.json` in the working directory, or `--config FILE`), by an environment variable, or by a flag. Take `Listen:Amqp`:

            ```
            { "Listen": { "Amqp": 5671 } }
            RESTANTE__LISTEN__AMQP=5671 restante serve
            restante serve --set Listen:Amqp=5671
            ```

            Frequent ones have a flag of their own: `--data`, `--host`, `--amqp-port`, `--mqtt-port`, `--https-port`, `--all-port`, `--cert`, `--cert-key`.
            Names are not case-sensitive. A value outside its range, or a name that nothing goes by, stops the start with an error that says how to mend it.

            """);
        string? section = null;
        foreach (Setting setting in Setting.All)
        {
            string here = setting.Path.Contains(':', StringComparison.Ordinal)
                ? setting.Path[..setting.Path.IndexOf(':', StringComparison.Ordinal)]
                : "General";
            if (here != section)
            {
                section = here;
                page.Append(
                    CultureInfo.InvariantCulture, $"\n## {section}\n\n| setting | default | range | meaning |\n|---|---|---|---|\n");
            }

            page.Append(
                CultureInfo.InvariantCulture,
                $"| `{setting.Path}` | {Show(setting.Default)} | {ShowRange(setting)} | {Meaning(setting.Property)} |\n");
        }

        return page.ToString();
    }

    private static string Show(object? value) => value switch
    {
        null or "" => "(empty)",
        bool flag => flag ? "`true`" : "`false`",
        IFormattable number => $"`{number.ToString(null, CultureInfo.InvariantCulture)}`",
        _ => $"`{value}`",
    };

    private static string ShowRange(Setting setting) => setting.Range is { } range
        ? string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}")
        : string.Empty;

    private static string Meaning(PropertyInfo property)
    {
        string name = $"P:{property.DeclaringType!.FullName}.{property.Name}";
        XElement? summary = Comments(property.DeclaringType.Assembly).Descendants("member")
            .FirstOrDefault(m => m.Attribute("name")?.Value == name)?.Element("summary");
        if (summary is null)
            return string.Empty;
        foreach (XElement reference in summary.Descendants().Where(e => e.Attribute("cref") is not null).ToList())
            reference.ReplaceWith($"`{reference.Attribute("cref")!.Value.Split('.')[^1]}`");
        foreach (XElement code in summary.Descendants("c").ToList())
            code.ReplaceWith($"`{code.Value}`");
        return Space().Replace(summary.Value, " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);
    }

    private static XElement Comments(Assembly assembly)
    {
        string file = Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml");
        return File.Exists(file) ? XElement.Load(file) : new XElement("doc");
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
