using System.Buffers;

namespace Restante.Net.Buffers;

/// <summary>
/// Rents byte buffers from the shared pool and keeps count of what is out, so that a test or a metric can see that idle connections hold
/// none.
/// </summary>
internal sealed class BufferLedger
{
    private long _rentedBuffers;
    private long _rentedBytes;

    /// <summary>Buffers rented and not returned.</summary>
    public long RentedBuffers => Interlocked.Read(ref _rentedBuffers);

    /// <summary>Their bytes.</summary>
    public long RentedBytes => Interlocked.Read(ref _rentedBytes);

    public byte[] Rent(int minimumBytes)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(minimumBytes);
        Interlocked.Increment(ref _rentedBuffers);
        Interlocked.Add(ref _rentedBytes, buffer.Length);
        return buffer;
    }

    public void Return(byte[] buffer)
    {
        Interlocked.Decrement(ref _rentedBuffers);
        Interlocked.Add(ref _rentedBytes, -buffer.Length);
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
