using System.Text;
using Restante.Amqp;
using Restante.Amqp.Sasl;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Amqp.Links;
using Restante.Net;

namespace Restante.Heads.Amqp;

/// <summary>Who the peer is: by SASL, or by a token that it puts on <c>$cbs</c>.</summary>
internal sealed partial class AmqpPeer
{
    /// <summary>True until the peer has authenticated. Nothing but <c>$cbs</c> is there for it.</summary>
    public bool IsNobody => _principal is null;

    public void OnSaslInit(AmqpConnection connection, Symbol mechanism, ReadOnlySpan<byte> initialResponse, string? hostname)
    {
        ClientCertificate? certificate = _certificate;
        _certificate = null;
        if (mechanism == SaslMechanism.Anonymous || mechanism == SaslMechanism.Cbs)
        {
            _tokenDeadlineMs = Connection.NowMs + Options.CbsTimeoutMs;
            connection.CompleteSasl(SaslCode.Ok);
            return;
        }

        if (Attempt(mechanism, initialResponse, certificate) is not AuthenticationAttempt attempt)
        {
            connection.CompleteSasl(SaslCode.Auth);
            return;
        }

        Await(
            Gateway.Authenticator.AuthenticateAsync(attempt with { IsPaced = true }),
            connection,
            static (peer, result, amqp) =>
            {
                peer._principal = result.Value;
                amqp.CompleteSasl(result.IsSuccess ? SaslCode.Ok : RefusalMap.Sasl(result.Refusal));
            });
    }

    public void OnOpening(AmqpConnection connection, Open open)
    {
        if (_principal is null)
            connection.AcceptOpen();
        else
            Enter(_principal, connection, static (amqp, refusal) =>
            {
                if (refusal is null)
                    amqp.AcceptOpen();
                else
                    amqp.Close(RefusalMap.Error(refusal));
            });
    }

    /// <summary>A token has been put and is good. A peer that is somebody already stays who it is.</summary>
    public void TakeToken(Principal principal, TokenIntake.PutToken put)
    {
        if (_principal is null)
        {
            Enter(principal, put, static (put, refusal) => put.Answer(refusal));
            return;
        }

        if (!IsSame(_principal, principal))
        {
            put.Answer(Refusal.NotAuthenticated);
            return;
        }

        Gateway.Connections.Renew(principal, this, Name);
        Await(Gateway.Devices.RecheckAsync(principal), (principal, put), static (peer, refusal, renewed) =>
        {
            if (refusal is null)
                peer.Be(renewed.principal);
            else
                peer.Gateway.Connections.Renew(peer._principal!, peer, peer.Name);
            renewed.put.Answer(refusal);
        });
    }

    private AuthenticationAttempt? Attempt(Symbol mechanism, ReadOnlySpan<byte> response, ClientCertificate? certificate)
    {
        if (mechanism == SaslMechanism.External)
        {
            // Without an identity of its own the peer is whom the certificate names. [RFC 4422, A]
            string? name = response.IsEmpty ? null : Encoding.UTF8.GetString(response);
            return certificate is null
                ? null
                : AuthenticationAttempt.By(name, new PeerCertificate(certificate.Leaf, certificate.Issuers), Name);
        }

        // Nobody acts for another here: an authorization identity is the user's own or none. [RFC 4616, 2]
        if (!PlainResponse.TryParse(response, out PlainResponse plain)
            || (!plain.AuthorizationId.IsEmpty && !plain.AuthorizationId.SequenceEqual(plain.AuthenticationId)))
        {
            return null;
        }

        return new AuthenticationAttempt(
            Encoding.UTF8.GetString(plain.AuthenticationId),
            Encoding.UTF8.GetString(plain.Password),
            Name.Peer)
        {
            Connection = Name,
            Beside = certificate is null ? null : new PeerCertificate(certificate.Leaf, certificate.Issuers),
        };
    }

    // From here on a revocation reaches the connection; one that came just before is found by looking once more.
    private void Enter<TState>(Principal principal, TState state, Action<TState, Refusal?> then)
    {
        Be(principal);
        _entered = true;
        Gateway.Connections.Add(principal, this, Name);
        Await(Gateway.Devices.RecheckAsync(principal), (state, then), static (peer, refusal, d) =>
        {
            d.then(d.state, refusal);
            if (refusal is not null)
                peer.Close(RefusalMap.Error(refusal));
        });
    }

    private void Be(Principal principal)
    {
        _principal = principal;
        _tokenDeadlineMs = principal.ExpiresAtMs == long.MaxValue
            ? long.MaxValue
            : Connection.NowMs + Math.Max(principal.ExpiresAtMs - NowMs, 0);
    }

    private static bool IsSame(Principal held, Principal put) => (held, put) switch
    {
        (DevicePrincipal a, DevicePrincipal b) => a.Number == b.Number,
        (ServicePrincipal a, ServicePrincipal b) => a.Name == b.Name && a.Rights == b.Rights && Equals(a.Scope, b.Scope)
            && a.TokenAddress == b.TokenAddress,
        _ => false,
    };
}
