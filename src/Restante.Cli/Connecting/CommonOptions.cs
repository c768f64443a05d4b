using System.CommandLine;

namespace Restante.Cli.Connecting;

/// <summary>The options that every command has.</summary>
internal sealed class CommonOptions
{
    public const string Human = "human";
    public const string Json = "json";

    public CommonOptions() => Output.AcceptOnlyFromAmong(Human, Json);

    public Option<string?> Url { get; } = new("--url")
    {
        Recursive = true,
        HelpName = "URL",
        Description = "The gateway's address. Else RESTANTE_URL, else the gateway running on the data directory, else "
            + "https://localhost:8443.",
    };

    public Option<string?> Policy { get; } = new("--policy")
    {
        Recursive = true,
        HelpName = "NAME",
        Description = "The access policy to act as. Else RESTANTE_POLICY, else admin.",
    };

    public Option<string?> Key { get; } = new("--key")
    {
        Recursive = true,
        HelpName = "KEY",
        Description = "A key of the policy in base64. Else RESTANTE_KEY, else, for admin, admin.key of the data directory.",
    };

    public Option<string?> Ca { get; } = new("--ca")
    {
        Recursive = true,
        HelpName = "FILE",
        Description = "The certificate to trust, in PEM, or 'system'. Else RESTANTE_CA, else ca.pem of the data directory, else the "
            + "system's.",
    };

    public Option<string?> Data { get; } = new("--data")
    {
        Recursive = true,
        HelpName = "DIRECTORY",
        Description = "The data directory of a gateway on this machine. Else RESTANTE_DATA, else ./restante-data.",
    };

    public Option<string> Output { get; } = new("--output", "-o")
    {
        Recursive = true,
        HelpName = "human|json",
        Description = "Tables for people, or JSON for scripts.",
        DefaultValueFactory = static _ => Human,
    };

    public void AddTo(Command command)
    {
        command.Add(Url);
        command.Add(Policy);
        command.Add(Key);
        command.Add(Ca);
        command.Add(Data);
        command.Add(Output);
    }
}
