using Microsoft.Extensions.Logging;
using Restante.Core.Audit;
using Restante.Core.Storage;
using Restante.Server.Configuration;
using Restante.Storage.Sqlite;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Server.Secrets;

/// <summary>
/// Gives a running store the master keys as they are now, when it is told to, and has the secrets sealed anew after a rotation, from where
/// the last process left off.
/// </summary>
internal sealed class MasterKeyKeeper(
    MasterKeySource source, SecretKeeping secrets, AuditLog audit, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_progress = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>The ring is to be read again.</summary>
    public void Reload()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is going to be read anyway.
        }
    }

    /// <summary>Works until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (source.IsOpenToOthers)
            Log.MasterKeyIsOpen(logger, source.Name);
        try
        {
            await SealAnewAsync(cancellation);
            while (true)
            {
                await _wake.WaitAsync(cancellation);
                await TakeAsync();
                await SealAnewAsync(cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The gateway stops. What was not sealed anew yet opens under the old key, and is gone on with by the next start.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();

    private async Task TakeAsync()
    {
        try
        {
            MasterKeyRing ring = source.Read();
            if (ring.Keys.Select(key => key.Id).SequenceEqual(secrets.Ring.Keys.Select(key => key.Id)))
                return;
            await secrets.UseAsync(ring);
            Log.MasterKeysTaken(logger, ring.Current.Id, ring.Keys.Count - 1);
            await NoteAsync("useMasterKey", $"{ring.Keys.Count - 1} old keys");
        }
        catch (Exception e) when (e is ConfigurationException or StoreOpenException or StoreUnavailableException)
        {
            Log.MasterKeysKept(logger, secrets.Ring.Current.Id, e.Message);
        }
    }

    private async Task SealAnewAsync(CancellationToken cancellation)
    {
        if (!secrets.HasOld)
            return;
        Log.SealingAnew(logger, secrets.Ring.Current.Id);
        long count = 0;
        long unreadable = 0;
        long told = time.GetTimestamp();
        while (secrets.HasOld)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                SealingStep step = await secrets.SealAnewAsync();
                count += step.Sealed;
                unreadable += step.Unreadable;
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(s_pause, time, cancellation);
            }

            if (secrets.HasOld && time.GetElapsedTime(told) >= s_progress)
            {
                Log.SealedSoFar(logger, count, secrets.Ring.Current.Id);
                told = time.GetTimestamp();
            }
        }

        if (unreadable > 0)
            Log.SealedAnewExcept(logger, count, secrets.Ring.Current.Id, unreadable);
        else
            Log.SealedAnew(logger, count, secrets.Ring.Current.Id);
        await NoteAsync("sealAnew", $"{count} secrets, {unreadable} do not open");
    }

    // What the audit log cannot write now it writes later.
    private async ValueTask NoteAsync(string act, string detail) => _ = await audit.RecordAsync(new AuditEntry
    {
        Act = act,
        By = AuditActor.Gateway,
        Target = $"master-keys/{secrets.Ring.Current.Id}",
        Detail = detail,
    });
}
