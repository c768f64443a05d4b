using System.Net;
using System.Text;

namespace Restante.Heads.Http.Tests.Hosting;

/// <summary>A body that does not come until it may.</summary>
internal sealed class HeldContent : HttpContent
{
    private readonly byte[] _bytes;
    private readonly TaskCompletionSource _mayGoOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HeldContent(string text, string mediaType)
    {
        _bytes = Encoding.UTF8.GetBytes(text);
        Headers.ContentType = new(mediaType);
    }

    public void GoOn() => _mayGoOn.SetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await _mayGoOn.Task;
        await stream.WriteAsync(_bytes);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
