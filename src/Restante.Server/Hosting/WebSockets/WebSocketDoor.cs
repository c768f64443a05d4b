using System.Net;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Restante.Contracts;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Net;
using Restante.Server.Configuration;

namespace Restante.Server.Hosting.WebSockets;

/// <summary>
/// <c>/amqp</c> and <c>/mqtt</c>: lets WebSockets in by their sub-protocol and hands them to the connection loop. Credentials are asked for
/// inside, by the protocol that is carried.
/// </summary>
internal sealed class WebSocketDoor(WebSocketListener amqp, WebSocketListener mqtt, NetworkOptions options, TimeProvider time)
{
    // [AMQP WSB 2.1], and the name of its first drafts.
    private static readonly string[] s_amqp = ["amqp", "AMQPWSB10"];

    // [MQTT-6.0.0-3], and the name from the days of MQTT 3.1.
    private static readonly string[] s_mqtt = ["mqtt", "mqttv3.1"];

    private readonly string[] _origins =
    [
        .. options.WebSocketOrigins.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(static origin => origin.TrimEnd('/')),
    ];

    /// <summary>Maps the two paths.</summary>
    public void Map(WebApplication app)
    {
        // The connection loop pings by itself: for a ping of its own the library would read, and keep, what a paused connection left
        // unread.
        app.Use(static (context, next) =>
        {
            WebSocketUpgrade.Enter(context.Features);
            return next(context);
        });
        app.UseWebSockets(
            new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan, KeepAliveTimeout = Timeout.InfiniteTimeSpan });
        app.Map("/amqp", context => AdmitAsync(context, amqp, s_amqp)).ExcludeFromDescription();
        app.Map("/mqtt", context => AdmitAsync(context, mqtt, s_mqtt)).ExcludeFromDescription();
    }

    private async Task AdmitAsync(HttpContext context, WebSocketListener listener, string[] subProtocols)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            if (HttpProtocol.IsHttp11(context.Request.Protocol))
                context.Response.Headers.Upgrade = "websocket";
            context.Response.Headers.SecWebSocketVersion = "13";
            await RefuseAsync(
                context, StatusCodes.Status426UpgradeRequired, "malformed", "Malformed",
                $"This path speaks WebSocket, with the sub-protocol '{subProtocols[0]}'.");
        }
        else if (!IsAllowedOrigin(context.Request.Headers.Origin.ToString()))
        {
            await RefuseAsync(
                context, StatusCodes.Status403Forbidden, "forbidden", "Not allowed", "Pages of this origin may not open a WebSocket here.");
        }
        else if (context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault(subProtocols.Contains) is not { } subProtocol)
        {
            await RefuseAsync(
                context, StatusCodes.Status400BadRequest, "malformed", "Malformed",
                $"Name a sub-protocol that is spoken at this path: {string.Join(" or ", subProtocols)}.");
        }
        else
        {
            await RunAsync(context, listener, subProtocol);
        }
    }

    private async Task RunAsync(HttpContext context, WebSocketListener listener, string subProtocol)
    {
        LiftLimits(context.Features);
        IPAddress? address = context.Connection.RemoteIpAddress;
        var peer = new WebSocketPeer(
            address is null ? null : new IPEndPoint(address, context.Connection.RemotePort), TlsOf(context.Features),
            CertificateOf(context));
        WebSocketEnd end;
        try
        {
            end = await listener.RunAsync(() => AcceptAsync(context, subProtocol), peer);
        }
        catch (Exception e) when (e is IOException or WebSocketException or OperationCanceledException)
        {
            // The client left during the upgrade.
            end = WebSocketEnd.Cut;
        }

        switch (end)
        {
            case WebSocketEnd.Refused:
                RetryAfter.Write(context);
                await RefuseAsync(
                    context, StatusCodes.Status503ServiceUnavailable, "unavailable", "Not available now",
                    "The gateway takes no more connections now.");
                break;
            case WebSocketEnd.Cut:
                context.Abort();
                break;
            default:
                if (HttpProtocol.IsHttp11(context.Request.Protocol) && context.Features.Get<IConnectionLifetimeFeature>() is { } connection)
                    _ = CutLaterAsync(connection, listener.Options.Limits.CloseTimeout);
                break;
        }
    }

    private static async Task<AcceptedWebSocket> AcceptAsync(HttpContext context, string subProtocol)
    {
        WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(subProtocol);
        return new AcceptedWebSocket(socket, context.Features.Get<WebSocketUpgrade>()?.Below);
    }

    // The last frames lie in Kestrel's buffer; a client that does not read them would hold its connection for ever.
    private async Task CutLaterAsync(IConnectionLifetimeFeature connection, TimeSpan patience)
    {
        CancellationToken closed = connection.ConnectionClosed;
        await Task.Delay(patience, time, closed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!closed.IsCancellationRequested)
            connection.Abort();
    }

    private static ClientCertificate? CertificateOf(HttpContext context) =>
        CallerCertificate.Of(context) is { } held ? new ClientCertificate(held.Leaf, held.Issuers) : null;

    private bool IsAllowedOrigin(string origin) =>
        _origins.Length == 0 || origin.Length == 0 || _origins.Contains(origin, StringComparer.OrdinalIgnoreCase);

    // Over HTTP/2 a WebSocket is the body of a request: what bounds bodies does not fit, and the connection loop has limits of its own.
    private static void LiftLimits(IFeatureCollection features)
    {
        if (features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        if (features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
    }

    private static SslProtocols TlsOf(IFeatureCollection features) =>
        features.Get<ITlsHandshakeFeature>()?.Protocol ?? features.Get<HandedStream>()?.TlsProtocol ?? SslProtocols.None;

    private static async Task RefuseAsync(HttpContext context, int status, string kind, string title, string detail)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = ProblemView.MediaType;
        var problem = new ProblemView
        {
            Type = "urn:restante:problem:" + kind,
            Title = title,
            Status = status,
            Detail = detail,
            Kind = kind,
        };
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(problem, RestanteJson.Plain.ProblemView);
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
