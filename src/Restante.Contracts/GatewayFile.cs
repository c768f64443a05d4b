namespace Restante.Contracts;

/// <summary>
/// What a running gateway writes into its data directory as <see cref="FileName"/>, so that commands on the same machine find it. Nothing
/// in it is secret.
/// </summary>
public sealed record GatewayFile
{
    /// <summary>The file's name.</summary>
    public const string FileName = "gateway.json";

    /// <summary>The name of the file with the administrator's key in base64, readable by its owner only.</summary>
    public const string AdministratorKeyFileName = "admin.key";

    /// <summary>The name of the file with the certificate of the authority that signed the gateway's, in PEM.</summary>
    public const string TrustFileName = "ca.pem";

    /// <summary>The data directory when none is given, relative to the working directory.</summary>
    public const string DefaultDirectory = "restante-data";

    /// <summary>The environment variable that names the data directory.</summary>
    public const string DirectoryVariable = "RESTANTE_DATA";

    /// <summary>The address of the REST interface, such as <c>https://localhost:8443</c>.</summary>
    public string? HttpsUrl { get; init; }

    /// <summary>The process that wrote it.</summary>
    public int? ProcessId { get; init; }
}
