using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Mailboxes;
using Restante.Core.Sessions;

namespace Restante.Heads.Http.Sessions;

/// <summary>
/// What a device that comes by HTTP has in place of a connection: it holds the mailbox between requests, and takes part in takeover and
/// revocation as every connection does. It lapses when the device has made no request for a while.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage(
    "Reliability", "CA1001", Justification = "A semaphore and a source without timer, whose wait handles nobody asks for, hold nothing.")]
internal sealed class DeviceSession(
    Gateway gateway, HttpHeadOptions options, DevicePolls polls, DevicePrincipal device, ConnectionName name, Action<DeviceSession> over)
    : ILiveConnection
{
    private const string TooManyConnections = "too-many-connections";

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _attaching = new(1, 1);
    private readonly CancellationTokenSource _ended = new();
    private MailboxHold? _hold;
    private bool _isRegistered;
    private bool _isOver;
    private int _visits = 1; // That of the request that begins it.
    private long _restedAt = gateway.Time.GetTimestamp();

    public DevicePrincipal Device { get; } = device;

    public ConnectionName Name { get; } = name;

    /// <summary>Cancelled at the end of the session.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Why it ended, as the last event of a stream says it.</summary>
    public string EndWord { get; private set; } = "ended";

    /// <summary>What a request is refused with that was under way at the end of the session.</summary>
    public Refusal EndRefusal => EndWord == TooManyConnections
        ? new(RefusalKind.Conflict, "The device has more connections than it may; the session of this request, the oldest, has ended.")
        : Refusal.NotAuthenticated;

    /// <summary>The hold on the mailbox; null while there is none.</summary>
    public MailboxHold? Hold
    {
        get
        {
            lock (_gate)
                return _hold;
        }
    }

    /// <summary>One more request; false when the session is over.</summary>
    public bool TryVisit()
    {
        lock (_gate)
        {
            if (_isOver)
                return false;
            _visits++;
            return true;
        }
    }

    /// <summary>A request is over.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _visits--;
            _restedAt = gateway.Time.GetTimestamp();
        }
    }

    /// <summary>The device has called, for something that needs no session.</summary>
    public void Touch()
    {
        lock (_gate)
            _restedAt = gateway.Time.GetTimestamp();
    }

    /// <summary>One more request that waits; false when there are as many as a device may have, whatever their sessions.</summary>
    public bool TryWait() => polls.TryTake(Device.Number);

    public void EndWait() => polls.Return(Device.Number);

    /// <summary>Ends the session if no request is under way, and none has been for so long; true when that was so.</summary>
    public bool EndIfLapsed(TimeSpan idle) => TryEnd("idle", () => _visits == 0 && gateway.Time.GetElapsedTime(_restedAt) >= idle);

    /// <summary>Enters it among the live connections.</summary>
    public void Register()
    {
        gateway.Connections.Add(Device, this, Name);
        lock (_gate)
        {
            _isRegistered = true;
            if (!_isOver)
                return;
        }

        gateway.Connections.Remove(Device, this, Name, EndWord);
    }

    /// <summary>The hold on the mailbox, taken if there is none. Refusals: <see cref="EndRefusal"/>, unavailable.</summary>
    public async ValueTask<Result<MailboxHold>> HoldAsync()
    {
        await _attaching.WaitAsync();
        try
        {
            if (Hold is MailboxHold held)
                return held;
            var fresh = new MailboxHold(gateway, options, Name, Lost);
            Result<MailboxSession> attached = await gateway.Mailboxes.AttachAsync(Device, fresh);
            if (!attached.IsSuccess)
                return attached.Refusal;
            fresh.Begin(attached.Value);
            bool isOver;
            lock (_gate)
            {
                isOver = _isOver;
                _hold = isOver || fresh.Taken is not null ? null : fresh;
            }

            if (!isOver)
                return fresh;
            await fresh.CloseAsync();
            return EndRefusal;
        }
        finally
        {
            _attaching.Release();
        }
    }

    /// <inheritdoc/>
    public void End(EndReason reason, string description) => End(WordOf(reason));

    /// <summary>Ends the session: who waits is told, and the mailbox is given up. Any thread; does not block.</summary>
    public void End(string word) => TryEnd(word, static () => true);

    private bool TryEnd(string word, Func<bool> condition)
    {
        MailboxHold? hold;
        bool isRegistered;
        lock (_gate)
        {
            if (_isOver || !condition())
                return false;
            _isOver = true;
            EndWord = word;
            hold = _hold;
            _hold = null;
            isRegistered = _isRegistered;
        }

        over(this);
        if (isRegistered)
            gateway.Connections.Remove(Device, this, Name, word);
        _ = _ended.CancelAsync();
        if (hold is not null)
            _ = hold.CloseAsync().AsTask(); // What cannot be given up now lapses.
        return true;
    }

    private static string WordOf(EndReason reason) => reason switch
    {
        EndReason.TakenOver => "taken-over",
        EndReason.Disabled => "disabled",
        EndReason.Removed => "device-removed",
        EndReason.CredentialChanged => "credential-changed",
        EndReason.ScopeChanged => "scope-changed",
        EndReason.RightsChanged => "rights-changed",
        EndReason.TokenExpired => "token-expired",
        _ => TooManyConnections,
    };

    private void Lost(MailboxHold hold)
    {
        lock (_gate)
        {
            if (_hold == hold)
                _hold = null;
        }
    }
}
