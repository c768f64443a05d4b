using System.Buffers;

namespace Restante.Net.Buffers;

/// <summary>Rents byte buffers from the shared pool and keeps count of what is out, so that a test or a metric can see that idle connections hold none.</summary>
internal sealed class BufferLedger
{
    private long _rentedBuffers;

    /// <summary>Buffers rented and not returned.</summary>
    public long RentedBuffers => Interlocked.Read(ref _rentedBuffers);

    public byte[] Rent(int minimumBytes)
    {
        Interlocked.Increment(ref _rentedBuffers);
        return ArrayPool<byte>.Shared.Rent(minimumBytes);
    }

    public void Return(byte[] buffer)
    {
        Interlocked.Decrement(ref _rentedBuffers);
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
