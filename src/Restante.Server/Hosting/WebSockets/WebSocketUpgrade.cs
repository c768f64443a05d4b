using Microsoft.AspNetCore.Http.Features;
using Restante.Net;

namespace Restante.Server.Hosting.WebSockets;

/// <summary>
/// Stands before the upgrade of a request, over HTTP/1.1 and HTTP/2, and puts a <see cref="WebSocketStream"/> below the WebSocket that the
/// web server's library makes, so that the connection loop can ping.
/// </summary>
internal sealed class WebSocketUpgrade : IHttpUpgradeFeature, IHttpExtendedConnectFeature
{
    private readonly IHttpUpgradeFeature? _upgrade;
    private readonly IHttpExtendedConnectFeature? _connect;

    private WebSocketUpgrade(IHttpUpgradeFeature? upgrade, IHttpExtendedConnectFeature? connect)
    {
        _upgrade = upgrade;
        _connect = connect;
    }

    /// <summary>The bytes below the WebSocket, once it was accepted.</summary>
    public WebSocketStream? Below { get; private set; }

    public bool IsUpgradableRequest => _upgrade is { IsUpgradableRequest: true };

    public bool IsExtendedConnect => _connect is { IsExtendedConnect: true };

    public string? Protocol => _connect?.Protocol;

    /// <summary>Takes its place among the features of a request that may be upgraded; others cost nothing.</summary>
    public static void Enter(IFeatureCollection features)
    {
        IHttpUpgradeFeature? upgrade = features.Get<IHttpUpgradeFeature>();
        IHttpExtendedConnectFeature? connect = features.Get<IHttpExtendedConnectFeature>();
        if (upgrade is not { IsUpgradableRequest: true } && connect is not { IsExtendedConnect: true })
            return;
        var entered = new WebSocketUpgrade(upgrade, connect);
        features.Set(entered);
        if (upgrade is not null)
            features.Set<IHttpUpgradeFeature>(entered);
        if (connect is not null)
            features.Set<IHttpExtendedConnectFeature>(entered);
    }

    public async Task<Stream> UpgradeAsync() => Below = new WebSocketStream(await _upgrade!.UpgradeAsync());

    public async ValueTask<Stream> AcceptAsync() => Below = new WebSocketStream(await _connect!.AcceptAsync());
}
