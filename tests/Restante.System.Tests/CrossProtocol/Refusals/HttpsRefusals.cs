using System.Globalization;
using System.Text;
using Restante.Core.Refusals;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>The refusals on HTTPS: problem details, which cost a request and nothing else.</summary>
internal static class HttpsRefusals
{
    public static IEnumerable<RefusalCase> All =>
    [
        Of(RefusalKind.NotFound, "no such device", "404", static https => https.AsServiceAsync(HttpMethod.Get, "/v1/devices/nobody")),
        Of(RefusalKind.NotFound, "a report on no command", "404", static https =>
            https.AsDeviceAsync(HttpMethod.Post, "/v1/reports/999999", Content())),
        RefusalCase.Of(RefusalKind.Unauthorized, Dialect.Https, "a wrong key", "401", static scene =>
            new HttpsSide(scene).SendAsync(HttpMethod.Get, "/v1/mailbox", null, scene.Device, "wrong")),
        Of(RefusalKind.Forbidden, "a device at an endpoint of services", "403", static https =>
            https.AsDeviceAsync(HttpMethod.Get, "/v1/devices")),
        RefusalCase.Of(RefusalKind.Forbidden, Dialect.Https, "telemetry of a device that is another's", "403", static scene =>
            new HttpsSide(scene).AsDeviceAsync(HttpMethod.Post, "/v1/telemetry", Content(), ("X-Restante-Device", scene.Other))),
        RefusalCase.Of(RefusalKind.Conflict, Dialect.Https, "a device that is there already", "409", static scene =>
            new HttpsSide(scene).AsServiceAsync(HttpMethod.Post, "/v1/devices", GatewayProcess.Json($$"""{"id":"{{scene.Device}}"}"""))),
        RefusalCase.Of(RefusalKind.Conflict, Dialect.Https, "a report after the final one", "409", ReportAfterFinalAsync),
        Of(RefusalKind.Conflict, "another version of the state", "412", static https =>
            https.AsDeviceAsync(HttpMethod.Patch, "/v1/state", Content("{}", "application/merge-patch+json"), ("If-Match", "\"7\""))),
        RefusalCase.Of(RefusalKind.MailboxFull, Dialect.Https, "a command too many", "429 with Retry-After", static async scene =>
        {
            await scene.FillMailboxAsync();
            return await new HttpsSide(scene).AsServiceAsync(HttpMethod.Post, $"/v1/devices/{scene.Device}/commands", Content());
        }),
        Of(RefusalKind.TooLarge, "telemetry over the limit", "413", static https =>
            https.AsDeviceAsync(HttpMethod.Post, "/v1/telemetry", new ByteArrayContent(new byte[RefusalFixture.MessageBytes + 1]))),
        Of(RefusalKind.Malformed, "a parameter that is none", "400", static https =>
            https.AsDeviceAsync(HttpMethod.Get, "/v1/mailbox?wiat=1")),
        RefusalCase.Of(RefusalKind.Malformed, Dialect.Https, "a life that is too long", "400", static scene =>
            new HttpsSide(scene).AsServiceAsync(
                HttpMethod.Post, $"/v1/devices/{scene.Device}/commands", GatewayProcess.Json("""{"body":"x","ttl":99999999}"""))),
        RefusalCase.Of(RefusalKind.Expired, Dialect.Https, "a command whose time has passed", "410", static scene =>
            new HttpsSide(scene).AsServiceAsync(
                HttpMethod.Post,
                $"/v1/devices/{scene.Device}/commands",
                GatewayProcess.Json("""{"body":"x","expiresAt":"2020-01-01T00:00:00Z"}"""))),
        Of(RefusalKind.Expired, "a lease that is not valid", "410", static https =>
            https.AsDeviceAsync(HttpMethod.Delete, "/v1/mailbox/999999-1")),
        Of(RefusalKind.Throttled, "an inquiry too many", "429 with Retry-After", InquiryTooManyAsync),
        RefusalCase.Of(RefusalKind.Throttled, Dialect.Https, "too many wrong keys", "429 with Retry-After", WrongKeysAsync),
        RefusalCase.Of(RefusalKind.LimitReached, Dialect.Https, "a report too many", "409", ReportTooManyAsync),
        RefusalCase.Of(RefusalKind.Unavailable, Dialect.Https, "a command that is not stored", "503 with Retry-After", static async scene =>
        {
            var https = new HttpsSide(scene);
            return await Scene.UntilRefusedAsync(() =>
                https.AsServiceAsync(HttpMethod.Post, $"/v1/devices/{scene.Device}/commands", new ByteArrayContent(Scene.Filling)));
        }),
        Of(RefusalKind.Unavailable, "telemetry that cannot be stored", "503 with Retry-After", static https =>
            Scene.UntilRefusedAsync(() => https.AsDeviceAsync(HttpMethod.Post, "/v1/telemetry", new ByteArrayContent(Scene.Filling)))),
    ];

    private static RefusalCase Of(RefusalKind kind, string what, string answer, Func<HttpsSide, Task<Refused>> provoke) =>
        RefusalCase.Of(kind, Dialect.Https, what, answer, scene => provoke(new HttpsSide(scene)));

    private static StringContent Content(string body = "content", string type = "text/plain") => new(body, Encoding.UTF8, type);

    private static async Task<Refused> ReportAfterFinalAsync(Scene scene)
    {
        string command = await scene.CommandAsync(scene.Device);
        var https = new HttpsSide(scene);
        Assert.Equal(Refused.Taken, (await https.AsDeviceAsync(HttpMethod.Post, $"/v1/reports/{command}?final", Content())).Answer);
        return await https.AsDeviceAsync(HttpMethod.Post, $"/v1/reports/{command}", Content());
    }

    private static async Task<Refused> ReportTooManyAsync(Scene scene)
    {
        string command = await scene.CommandAsync(scene.Device);
        var https = new HttpsSide(scene);
        for (int i = 0; i < RefusalFixture.Reports; i++)
            Assert.Equal(Refused.Taken, (await https.AsDeviceAsync(HttpMethod.Post, $"/v1/reports/{command}", Content())).Answer);
        return await https.AsDeviceAsync(HttpMethod.Post, $"/v1/reports/{command}", Content());
    }

    private static async Task<Refused> InquiryTooManyAsync(HttpsSide https)
    {
        for (int i = 0; i < RefusalFixture.OpenInquiries; i++)
        {
            string path = "/v1/inquiries/weather?id=q" + i.ToString(CultureInfo.InvariantCulture);
            Assert.Equal(Refused.Taken, (await https.AsDeviceAsync(HttpMethod.Post, path, Content())).Answer);
        }

        return await https.AsDeviceAsync(HttpMethod.Post, "/v1/inquiries/weather?id=too-many", Content());
    }

    private static async Task<Refused> WrongKeysAsync(Scene scene)
    {
        var https = new HttpsSide(scene);
        for (int i = 0; i < RefusalFixture.WrongCredentials; i++)
            Assert.Equal("401", (await https.SendAsync(HttpMethod.Get, "/v1/state", null, scene.Device, "wrong")).Answer);
        return await https.AsDeviceAsync(HttpMethod.Get, "/v1/state");
    }
}
