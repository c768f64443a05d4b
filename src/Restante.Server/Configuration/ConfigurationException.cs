namespace Restante.Server.Configuration;

/// <summary>
/// The configuration cannot be used. The message says which setting, where it was made, what is wrong and how to mend it.
/// </summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public ConfigurationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
