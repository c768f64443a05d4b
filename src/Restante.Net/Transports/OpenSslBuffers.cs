using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Restante.Net.Transports;

/// <summary>
/// Has OpenSSL give a connection's record buffers (16 KB each way) back while it is idle. .NET has no setting for this, so the handle is looked up
/// inside the stream; where that does not work, it is logged once and the connection just costs more.
/// </summary>
internal sealed unsafe class OpenSslBuffers
{
    private const int SslCtrlMode = 33;
    private const long SslModeReleaseBuffers = 0x10;
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    private readonly FieldInfo? _contextField;
    private readonly delegate* unmanaged<nint, int, long, nint, long> _control;
    private readonly delegate* unmanaged<nint, int> _freeBuffers;
    private readonly ILogger _logger;
    private PropertyInfo? _handleProperty;
    private FieldInfo? _handleField;
    private int _given;

    public OpenSslBuffers(ILogger logger)
    {
        _logger = logger;
        try
        {
            _contextField = typeof(SslStream).GetField("_securityContext", Instance);
            if (_contextField is null)
            {
                GiveUp("this .NET keeps the TLS context elsewhere");
                return;
            }
            if (!OperatingSystem.IsLinux() || SafeEvpPKeyHandle.OpenSslVersion >> 28 != 3)
            {
                GiveUp("not OpenSSL 3");
                return;
            }
            nint library = FindLibrary();
            if (library == 0
                || !NativeLibrary.TryGetExport(library, "SSL_ctrl", out nint control)
                || !NativeLibrary.TryGetExport(library, "SSL_free_buffers", out nint freeBuffers))
            {
                GiveUp("the library in use was not found");
                return;
            }
            _control = (delegate* unmanaged<nint, int, long, nint, long>)control;
            _freeBuffers = (delegate* unmanaged<nint, int>)freeBuffers;
        }
        catch (Exception exception) when (exception is DllNotFoundException or PlatformNotSupportedException or CryptographicException or TypeInitializationException)
        {
            GiveUp(exception.GetType().Name);
        }
    }

    /// <summary>Whether it worked so far.</summary>
    public bool Works => Volatile.Read(ref _given) == 0;

    /// <summary>After the handshake: release the buffers now, and from here on whenever they are empty.</summary>
    public void ReleaseWhenIdle(SslStream stream)
    {
        if (!Works)
            return;
        if (FindHandle(stream) is not { IsInvalid: false } handle)
        {
            GiveUp("this .NET keeps the TLS handle elsewhere");
            return;
        }
        bool referenced = false;
        try
        {
            handle.DangerousAddRef(ref referenced);
            nint ssl = handle.DangerousGetHandle();
            _control(ssl, SslCtrlMode, SslModeReleaseBuffers, 0);
            // Refuses, harmlessly, while bytes of the peer are in them.
            _freeBuffers(ssl);
        }
        finally
        {
            if (referenced)
                handle.DangerousRelease();
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
            _handleProperty = context.GetType().GetProperties(Instance).FirstOrDefault(static property => property.PropertyType.Name == "SafeSslHandle");
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
        if (Interlocked.Exchange(ref _given, 1) == 0)
            Log.BuffersNotReleased(_logger, reason);
    }
}
