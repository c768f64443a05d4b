using Restante.Amqp.Sasl;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Mechanism = Restante.Amqp.Sasl.SaslMechanism;

namespace Restante.Amqp;

/// <summary>The SASL exchange: one mechanism, at most one challenge. [AMQP 5.3]</summary>
public sealed partial class AmqpConnection
{
    /// <summary>Server: tells the peer how its authentication went. Anything but Ok ends the connection. Ignored when it is
    /// closed by now.</summary>
    public void CompleteSasl(SaslCode code)
    {
        if (IsClosed)
            return;
        if (_phase != Phase.Sasl || !_isPaused)
            throw new InvalidOperationException("There is no SASL exchange to complete.");
        _isPaused = false;
        EndSasl(code);
    }

    private void BeginSasl()
    {
        _phase = Phase.Sasl;
        if (Role == AmqpRole.Client)
            return;
        WriteHeader(ProtocolHeader.Sasl);
        Send(0, new SaslMechanismsFrame(Settings.SaslMechanisms), FrameHeader.SaslType);
    }

    private void OnSaslFrame(ReadOnlySpan<byte> body)
    {
        var reader = new AmqpReader(body);
        ulong code = reader.ReadDescriptor();
        ItemReader items = reader.ReadList();
        switch (code)
        {
            case Descriptors.SaslInit when Role == AmqpRole.Server && _phase == Phase.Sasl:
                OnSaslInit(ref items);
                break;
            case Descriptors.SaslResponse when Role == AmqpRole.Server && _phase == Phase.SaslChallenged:
                OnSaslResponse(ref items);
                break;
            case Descriptors.SaslMechanisms when Role == AmqpRole.Client && _saslMechanism == default:
                OnSaslMechanisms(ref items);
                break;
            case Descriptors.SaslChallenge when Role == AmqpRole.Client && _saslMechanism != default:
                Send(0, new SaslBytesFrame(Descriptors.SaslResponse, Settings.SaslClient!.InitialResponse), FrameHeader.SaslType);
                break;
            case Descriptors.SaslOutcome when Role == AmqpRole.Client && _saslMechanism != default:
                OnSaslOutcome(ref items);
                break;
            default:
                throw Violation(AmqpConditions.IllegalState, "A SASL frame came out of order.");
        }
    }

    private void OnSaslInit(ref ItemReader items)
    {
        Symbol mechanism = items.NextSymbol() ?? throw OpenFrame.Missing("mechanism");
        ReadOnlySpan<byte> response = items.NextBinary(out bool hasResponse);
        string? hostname = items.NextString(Settings.MaxIdentityLength);
        if (!IsOffered(mechanism))
        {
            EndSasl(SaslCode.Auth); // [AMQP 5.3.3.2]
            return;
        }

        _saslMechanism = mechanism;
        if (!hasResponse && mechanism == Mechanism.Plain)
        {
            // PLAIN is led by the client; one that waits to be asked is asked with an empty challenge. [RFC 4422, 5]
            _phase = Phase.SaslChallenged;
            Send(0, new SaslBytesFrame(Descriptors.SaslChallenge, default), FrameHeader.SaslType);
            return;
        }

        _isPaused = true;
        Handler.OnSaslInit(this, mechanism, response, hostname);
    }

    private void OnSaslResponse(ref ItemReader items)
    {
        ReadOnlySpan<byte> response = items.NextBinary(out _);
        _phase = Phase.Sasl;
        _isPaused = true;
        Handler.OnSaslInit(this, _saslMechanism, response, hostname: null);
    }

    private bool IsOffered(Symbol mechanism)
    {
        foreach (Symbol offered in Settings.SaslMechanisms)
        {
            if (offered == mechanism)
                return true;
        }

        return false;
    }

    private void EndSasl(SaslCode code)
    {
        Send(0, new SaslOutcomeFrame(code), FrameHeader.SaslType);
        if (code == SaslCode.Ok)
        {
            _phase = Phase.AmqpHeader; // [AMQP 5.3.2] The AMQP header follows.
            MinimumBytesNeeded = ProtocolHeader.Length;
            return;
        }

        _saslMechanism = default;
        Finish(new AmqpError(AmqpConditions.UnauthorizedAccess, "Authentication failed."), byPeer: false);
    }

    private void OnSaslMechanisms(ref ItemReader items)
    {
        SaslClientResponse client = Settings.SaslClient!;
        foreach (Symbol offered in items.NextSymbols(Settings.Decode))
        {
            if (offered != client.Mechanism)
                continue;
            _saslMechanism = offered;
            Send(0, new SaslInitFrame(client, Settings.Hostname), FrameHeader.SaslType);
            return;
        }

        Finish(new AmqpError(AmqpConditions.NotImplemented, "The server does not offer the SASL mechanism."), byPeer: true);
    }

    private void OnSaslOutcome(ref ItemReader items)
    {
        var code = (SaslCode)(items.TryTakeNull() ? throw OpenFrame.Missing("code") : items.TakeUByte());
        if (code != SaslCode.Ok)
        {
            Finish(new AmqpError(AmqpConditions.UnauthorizedAccess, $"Authentication failed with SASL code {(byte)code}."), byPeer: true);
            return;
        }

        WriteHeader(ProtocolHeader.Amqp);
        SendOpen(withProperties: true);
        _phase = Phase.AmqpHeader;
    }
}
