using System.CommandLine;
using System.Text.Json;
using System.Text.Unicode;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary>The body of a message and what goes with it, as every command takes them that sends one.</summary>
internal sealed class MessageSymbols
{
    private const long MaxFileBytes = 32 * 1024 * 1024;

    private readonly Argument<string?> _body = new("BODY")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "The body as text; - for standard input.",
    };

    private readonly Option<string?> _file = new("--file") { HelpName = "FILE", Description = "Send the bytes of this file as the body." };
    private readonly Option<string?> _messageId =
        new("--message-id") { HelpName = "ID", Description = "Your own id of it; the same again is sent once." };
    private readonly Option<string?> _contentType =
        new("--content-type") { HelpName = "TYPE", Description = "The media type of the body." };
    private readonly Option<string?> _subject =
        new("--subject") { HelpName = "TEXT", Description = "What it is, such as the name of a command." };

    private readonly Option<string[]> _properties = new("--property", "-p")
    {
        HelpName = "NAME=VALUE",
        Description = "A property for the device; may be repeated.",
    };

    public MessageSymbols() => _properties.Validators.Add(static result =>
    {
        foreach (string text in result.Tokens.Select(t => t.Value).Where(t => t.IndexOf('=', StringComparison.Ordinal) < 1))
            result.AddError($"'{text}' is no property: NAME=VALUE is expected.");
    });

    public void AddTo(Command command, bool withMessageId = true)
    {
        command.Add(_body);
        command.Add(_file);
        if (withMessageId)
            command.Add(_messageId);
        command.Add(_contentType);
        command.Add(_subject);
        command.Add(_properties);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_body) is { Tokens.Count: > 0 } == result.GetResult(_file) is not null)
                result.AddError("Give the body, or --file, and not both.");
        });
    }

    /// <summary>Adds what was given to a message.</summary>
    public async Task<T> FillAsync<T>(CommandCall call, T wish, CancellationToken cancellation)
        where T : MessageWish
    {
        MessageWish whole = wish;
        whole = whole with
        {
            ContentType = call.Parsed.GetValue(_contentType),
            MessageId = call.Parsed.GetValue(_messageId),
            Subject = call.Parsed.GetValue(_subject),
            Properties = Properties(call.Parsed.GetValue(_properties) ?? []),
        };
        if (call.Parsed.GetValue(_file) is string file)
        {
            byte[] bytes = await ReadFileAsync(Path.Combine(call.Surroundings.WorkingDirectory, file), cancellation);
            return (T)(Utf8.IsValid(bytes)
                ? whole with { Body = Text(System.Text.Encoding.UTF8.GetString(bytes)) }
                : whole with { BodyBase64 = Convert.ToBase64String(bytes) });
        }

        string body = call.Parsed.GetRequiredValue(_body)!;
        return (T)(whole with { Body = Text(body == "-" ? await call.Surroundings.In.ReadToEndAsync(cancellation) : body) });
    }

    private static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text, RestanteJson.Plain.String);

    private static async Task<byte[]> ReadFileAsync(string path, CancellationToken cancellation)
    {
        try
        {
            if (new FileInfo(path).Length > MaxFileBytes)
                throw new CliFailureException(ExitCode.Usage, $"{path} is larger than any message may be.");
            return await File.ReadAllBytesAsync(path, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailureException(ExitCode.Usage, $"{path} cannot be read.");
        }
    }

    private static Dictionary<string, string>? Properties(string[] texts)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            map[text[..equals]] = text[(equals + 1)..];
        }

        return map.Count == 0 ? null : map;
    }
}
