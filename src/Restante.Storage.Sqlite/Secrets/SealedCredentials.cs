using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Restante.Core.Access;

namespace Restante.Storage.Sqlite.Secrets;

/// <summary>
/// Credentials as they stand in the database: keys are sealed, everything else is no secret and stands there as it is. One that does not
/// open lets nobody in; it is counted and logged, and stays as it is until another is put in its place.
/// </summary>
internal sealed class SealedCredentials(SecretSealer sealer, StoreMetrics metrics, ILogger logger)
{
    private const long LogIntervalMs = 10_000;

    private long _nextLogMs = long.MinValue;

    /// <param name="purpose">See <see cref="SecretSealer.Seal"/>.</param>
    /// <param name="identity">As before.</param>
    /// <param name="credential">What to write.</param>
    public byte[] Write(string purpose, string identity, Credential credential)
    {
        byte[] bytes = CredentialForm.Write(credential);
        if (credential.Kind != CredentialKind.Key)
            return bytes;
        byte[] hidden = sealer.Seal(purpose, identity, bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return hidden;
    }

    /// <summary>Reads what <see cref="Write"/> has written; <see cref="Credential.None"/> when it does not open.</summary>
    /// <exception cref="InvalidDataException">What it holds is no credential.</exception>
    public Credential Read(string purpose, string identity, ReadOnlySpan<byte> bytes)
    {
        if (bytes is not [(byte)CredentialKind.Key, ..] && !SecretSealer.IsSealed(bytes))
            return CredentialForm.Read(bytes);
        byte[] open;
        try
        {
            open = sealer.Open(purpose, identity, bytes);
        }
        catch (InvalidDataException failure)
        {
            metrics.SecretUnreadable();
            Tell(purpose, identity, failure.Message);
            return Credential.None;
        }

        Credential credential = CredentialForm.Read(open);
        CryptographicOperations.ZeroMemory(open);
        return credential;
    }

    private void Tell(string purpose, string identity, string why)
    {
        long now = Environment.TickCount64;
        long next = Volatile.Read(ref _nextLogMs);
        if (now >= next && Interlocked.CompareExchange(ref _nextLogMs, now + LogIntervalMs, next) == next)
            Log.SecretUnreadable(logger, purpose, identity, why);
    }
}
