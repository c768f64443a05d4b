using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;

namespace Restante.Heads.Http.Requests;

/// <summary>Reads commands with their terms: wrapped in JSON, or a raw body with headers.</summary>
internal sealed class CommandReading(GatewayLimits limits, TimeProvider time)
{
    private const string Ttl = "X-Restante-Ttl";
    private const string ExpiresAt = "X-Restante-Expires-At";
    private const string NotBefore = "X-Restante-Not-Before";
    private const string ReplaceKey = "X-Restante-Replace-Key";
    private const string Outcome = "X-Restante-Outcome";
    private const string ShelveExpired = "X-Restante-Shelve-Expired";
    private const string ReportsUntil = "X-Restante-Reports-Until";

    private readonly MessageReading _messages = new(limits);
    private readonly Lifetime _lifetime = new(time);

    public static IReadOnlyList<(string Name, string Meaning)> Headers { get; } =
    [
        (Ttl, "Raw bodies: how long the command lives, in seconds."),
        (ExpiresAt, "Raw bodies: when the command expires, RFC 3339."),
        (NotBefore, "Raw bodies: before this instant it is not handed out, RFC 3339."),
        (ReplaceKey, "Raw bodies: takes the place of older commands with the same key."),
        (Outcome, "Raw bodies: false when its outcome is not to be told in /v1/outcomes."),
        (ShelveExpired, "Raw bodies: true when it goes to the dead-letter shelf when it expires."),
        (ReportsUntil, "Raw bodies: until when the device may report on it, RFC 3339."),
        .. MessageReading.Headers,
    ];

    public async ValueTask<CommandWish> ReadAsync(HttpRequest request)
    {
        if (!RequestBody.IsJson(request))
            return FromRaw(request, await _messages.ReadRawAsync(request));
        CommandCreation creation = await _messages.ReadWrappedAsync(request, RestanteJson.Plain.CommandCreation);
        var terms = new CommandTerms
        {
            MessageId = creation.MessageId,
            ExpiresAtMs = _lifetime.Read(creation.Ttl, creation.ExpiresAt),
            NotBeforeMs = creation.NotBefore?.ToUnixTimeMilliseconds(),
            ReplaceKey = creation.ReplaceKey,
            WantsOutcome = creation.Outcome != false,
            ShelveExpired = creation.ShelveExpired == true,
            ReportsUntilMs = creation.ReportsUntil?.ToUnixTimeMilliseconds(),
        };
        return new CommandWish(MessageReading.Unwrap(creation, request).Encode(), terms);
    }

    private CommandWish FromRaw(HttpRequest request, MessageContent content)
    {
        var terms = new CommandTerms
        {
            MessageId = content.MessageId,
            ExpiresAtMs = _lifetime.Read(HeaderText.Seconds(request, Ttl), HeaderText.Time(request, ExpiresAt)),
            NotBeforeMs = HeaderText.Time(request, NotBefore)?.ToUnixTimeMilliseconds(),
            ReplaceKey = HeaderText.One(request, ReplaceKey),
            WantsOutcome = HeaderText.Truth(request, Outcome) != false,
            ShelveExpired = HeaderText.Truth(request, ShelveExpired) == true,
            ReportsUntilMs = HeaderText.Time(request, ReportsUntil)?.ToUnixTimeMilliseconds(),
        };
        return new CommandWish(content.Encode(), terms);
    }
}
