using System.Buffers;
using System.IO.Pipelines;

namespace Restante.Server.Hosting;

/// <summary>
/// What comes to TLS on Kestrel's own port. Until the handshake is over no more than a certain number of bytes is shown; what a peer sends
/// behind its handshake waits until then.
/// </summary>
/// <param name="inner">What comes.</param>
/// <param name="maxBytes">How many bytes a handshake may take.</param>
internal sealed class HandshakeInput(PipeReader inner, int maxBytes) : PipeReader
{
    private long _left = maxBytes;
    private ReadOnlySequence<byte> _shown;
    private volatile bool _isOver;

    /// <summary>True when the handshake took more than it may.</summary>
    public bool IsExceeded { get; private set; }

    /// <summary>The handshake is over: nothing is counted any more.</summary>
    public void EndHandshake() => _isOver = true;

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        _isOver ? inner.ReadAsync(cancellationToken) : ReadCountedAsync(cancellationToken);

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
            return false;
        if (!_isOver)
            result = Show(result);
        return true;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!_isOver)
            _left -= _shown.Slice(0, consumed).Length;
        _shown = default;
        inner.AdvanceTo(consumed, examined);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private async ValueTask<ReadResult> ReadCountedAsync(CancellationToken cancellationToken) =>
        Show(await inner.ReadAsync(cancellationToken));

    private ReadResult Show(ReadResult read)
    {
        if (_left == 0 && !read.Buffer.IsEmpty)
        {
            IsExceeded = true;
            inner.AdvanceTo(read.Buffer.Start);
            throw new IOException("The handshake takes more bytes than are allowed.");
        }

        _shown = read.Buffer.Slice(0, Math.Min(_left, read.Buffer.Length));
        return new ReadResult(_shown, read.IsCanceled, read.IsCompleted && _shown.Length == read.Buffer.Length);
    }
}
