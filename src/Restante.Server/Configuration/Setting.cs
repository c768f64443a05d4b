using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Restante.Server.Configuration;

/// <summary>One thing that can be set: a leaf of <see cref="ServerOptions"/>.</summary>
internal sealed record Setting(string Path, PropertyInfo Property, object? Default)
{
    /// <summary>The environment variable that sets it.</summary>
    public string EnvironmentVariable =>
        ConfigurationLoader.EnvironmentPrefix + Path.Replace(":", "__", StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>Its range, if it has one.</summary>
    public RangeAttribute? Range => Property.GetCustomAttribute<RangeAttribute>();

    /// <summary>All settings in the order of declaration.</summary>
    public static IReadOnlyList<Setting> All { get; } = [.. Walk(string.Empty, typeof(ServerOptions), new ServerOptions())];

    private static IEnumerable<Setting> Walk(string prefix, Type type, object defaults)
    {
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            string path = prefix + property.Name;
            object? value = property.GetValue(defaults);
            if (value is not null && property.PropertyType.IsClass && property.PropertyType != typeof(string))
            {
                foreach (Setting inner in Walk(path + ":", property.PropertyType, value))
                    yield return inner;
            }
            else
            {
                yield return new Setting(path, property, value);
            }
        }
    }
}
