namespace Restante.Heads.Http.Sessions;

/// <summary>A request within a session; while there is one the session does not lapse. Dispose it at the end of the request.</summary>
internal sealed class DeviceVisit(DeviceSession session) : IDisposable
{
    private int _left;

    public DeviceSession Session { get; } = session;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0)
            Session.Leave();
    }
}
