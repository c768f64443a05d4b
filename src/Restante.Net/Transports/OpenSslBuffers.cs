using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Restante.Net.Transports;

/// <summary>
/// Has OpenSSL give back what an idle connection does not need: the record buffers (16 KB each way) and the memory in which .NET hands
/// records over, which otherwise keeps the size of the largest message. .NET has no setting for this, so the handle is looked up inside the
/// stream; where that does not work, it is logged once and connections just cost more.
/// </summary>
internal sealed unsafe class OpenSslBuffers
{
    private const int SslCtrlMode = 33;
    private const long SslModeReleaseBuffers = 0x10;
    private const int BioSetMemory = 114;
    private const int BioClose = 1;
    private const int BioTypeMemory = 0x401;
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    private readonly ILogger _logger;
    private FieldInfo? _contextField;
    private Func<SslStream, object>? _lockOf;
    private FieldInfo? _handleField;
    private PropertyInfo? _handleProperty;
    private delegate* unmanaged<nint, int, nint, nint, nint> _sslControl;
    private delegate* unmanaged<nint, int> _sslFreeBuffers;
    private delegate* unmanaged<nint, nint> _sslReadBio;
    private delegate* unmanaged<nint, nint> _sslWriteBio;
    private delegate* unmanaged<nint, int> _bioType;
    private delegate* unmanaged<nint, nuint> _bioPending;
    private delegate* unmanaged<nint, int, nint, nint, nint> _bioControl;
    private delegate* unmanaged<nint> _memoryNew;
    private int _givenUp;
    private int _shrinks;

    public OpenSslBuffers(ILogger logger)
    {
        _logger = logger;
        try
        {
            if (Find() is { } reason)
                GiveUp(reason);
        }
        catch (Exception exception) when (
            exception is DllNotFoundException or PlatformNotSupportedException or CryptographicException
                or TypeInitializationException or IOException or ArgumentException)
        {
            GiveUp(exception.GetType().Name);
        }
    }

    /// <summary>Whether it worked so far.</summary>
    public bool Works => Volatile.Read(ref _givenUp) == 0;

    /// <summary>How many times memory was given back.</summary>
    public int Shrinks => Volatile.Read(ref _shrinks);

    /// <summary>After the handshake: record buffers are released now, and from here on whenever they are empty.</summary>
    public void ReleaseWhenIdle(SslStream stream) => Use(stream, releaseRecords: true);

    /// <summary>
    /// Gives back the memory in which records were handed over. For a stream that is neither being read nor written by this thread.
    /// </summary>
    public void Shrink(SslStream stream) => Use(stream, releaseRecords: false);

    /// <summary>
    /// Says the end of TLS to the peer. .NET makes the alert without the lock that a read may hold at that moment on another thread, and
    /// OpenSSL's objects are for one thread at a time.
    /// </summary>
    public Task ShutdownAsync(SslStream stream)
    {
        if (!Works)
            return stream.ShutdownAsync();
        lock (_lockOf!(stream))
            return stream.ShutdownAsync(); // The alert is made before the call returns; only its sending is awaited.
    }

    private void Use(SslStream stream, bool releaseRecords)
    {
        if (!Works)
            return;
        if (FindHandle(stream) is not { IsInvalid: false } handle)
        {
            GiveUp("this .NET keeps the TLS handle elsewhere");
            return;
        }
        bool referenced = false;
        // The lock under which the stream encrypts and decrypts: between two of these its memory is empty.
        lock (_lockOf!(stream))
        {
            try
            {
                handle.DangerousAddRef(ref referenced);
                nint ssl = handle.DangerousGetHandle();
                if (releaseRecords)
                {
                    _sslControl(ssl, SslCtrlMode, (nint)SslModeReleaseBuffers, 0);
                    // Refuses, harmlessly, while bytes of the peer are in them.
                    _sslFreeBuffers(ssl);
                }
                Interlocked.Increment(ref _shrinks);
                Shrink(_sslReadBio(ssl));
                Shrink(_sslWriteBio(ssl));
            }
            catch (ObjectDisposedException)
            {
                // The connection ended meanwhile; nothing is left to give back.
            }
            finally
            {
                if (referenced)
                    handle.DangerousRelease();
            }
        }
    }

    private void Shrink(nint bio)
    {
        if (bio == 0 || _bioType(bio) != BioTypeMemory || _bioPending(bio) != 0)
            return;
        nint memory = _memoryNew();
        // Takes the new, empty memory and frees the old.
        if (memory != 0)
            _bioControl(bio, BioSetMemory, BioClose, memory);
    }

    /// <summary>Null, or why it cannot be done.</summary>
    private string? Find()
    {
        if (!OperatingSystem.IsLinux() || SafeEvpPKeyHandle.OpenSslVersion >> 28 != 3)
            return "not OpenSSL 3";
        _contextField = typeof(SslStream).GetField("_securityContext", Instance);
        MethodInfo? lockGetter = typeof(SslStream).GetProperty("_handshakeLock", Instance)?.GetMethod;
        if (_contextField is null || lockGetter is null)
            return "this .NET keeps the TLS context elsewhere";
        _lockOf = lockGetter.CreateDelegate<Func<SslStream, object>>();
        nint library = FindLibrary();
        if (library == 0)
            return "the library in use was not found";
        bool complete = true;
        _sslControl = (delegate* unmanaged<nint, int, nint, nint, nint>)Export("SSL_ctrl");
        _sslFreeBuffers = (delegate* unmanaged<nint, int>)Export("SSL_free_buffers");
        _sslReadBio = (delegate* unmanaged<nint, nint>)Export("SSL_get_rbio");
        _sslWriteBio = (delegate* unmanaged<nint, nint>)Export("SSL_get_wbio");
        _bioType = (delegate* unmanaged<nint, int>)Export("BIO_method_type");
        _bioPending = (delegate* unmanaged<nint, nuint>)Export("BIO_ctrl_pending");
        _bioControl = (delegate* unmanaged<nint, int, nint, nint, nint>)Export("BIO_ctrl");
        _memoryNew = (delegate* unmanaged<nint>)Export("BUF_MEM_new");
        return complete ? null : "the library in use lacks a function";

        nint Export(string name)
        {
            complete &= NativeLibrary.TryGetExport(library, name, out nint address);
            return address;
        }
    }

    private SafeHandle? FindHandle(SslStream stream)
    {
        object? context = _contextField!.GetValue(stream);
        if (context is null)
            return null;
        if (context.GetType().Name == "SafeSslHandle")
            return context as SafeHandle;
        if (_handleProperty is null && _handleField is null)
        {
            // Chosen by type, not by name: the handle is what owns an SSL object.
            _handleProperty = context.GetType().GetProperties(Instance).FirstOrDefault(
                static property => property.PropertyType.Name == "SafeSslHandle");
            _handleField = context.GetType().GetFields(Instance).FirstOrDefault(static field => field.FieldType.Name == "SafeSslHandle");
        }
        return (_handleField?.GetValue(context) ?? _handleProperty?.GetValue(context)) as SafeHandle;
    }

    /// <summary>The very library that .NET has loaded: another copy's functions must not touch its objects.</summary>
    private static nint FindLibrary()
    {
        string[] loaded = [.. File.ReadLines("/proc/self/maps")
            .Where(static line => line.Contains("/libssl.so", StringComparison.Ordinal))
            .Select(static line => line[line.IndexOf('/', StringComparison.Ordinal)..])
            .Distinct()];
        return loaded.Length == 1 && NativeLibrary.TryLoad(loaded[0], out nint library) ? library : 0;
    }

    private void GiveUp(string reason)
    {
        if (Interlocked.Exchange(ref _givenUp, 1) == 0)
            Log.BuffersNotReleased(_logger, reason);
    }
}
