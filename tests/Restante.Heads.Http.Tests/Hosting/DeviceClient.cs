using System.Net;
using System.Text;
using Restante.Contracts;
using Restante.Core.Devices;

namespace Restante.Heads.Http.Tests.Hosting;

/// <summary>A device that comes by HTTP.</summary>
internal sealed class DeviceClient(TestHead head, HttpClient client, string? actsFor = null) : IDisposable
{
    public static async Task<DeviceClient> CreateAsync(TestHead head, string id) => new(
        head, head.NewDevice(await head.AddDeviceAsync(id)));

    public HttpClient Client => client;

    public static DeviceClient Of(TestHead head, DeviceRecord device) => new(head, head.NewDevice(device));

    /// <summary>The same credentials, for a device that is acted for.</summary>
    public DeviceClient For(string device) => new(head, client, device);

    public async Task<HttpResponseMessage> SendAsync(
        string method, string path, string? body = null, string type = "text/plain", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, type);
        if (actsFor is not null)
            request.Headers.Add("X-Restante-Device", actsFor);
        foreach ((string name, string value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async Task<IReadOnlyList<DeliveredMessage>> TakeAsync(string query = "")
    {
        using HttpResponseMessage response = await SendAsync("GET", "/v1/mailbox" + query);
        return (await TestHead.ReadAsync(response, RestanteJson.Default.DeliveryPage, HttpStatusCode.OK)).Items;
    }

    /// <summary>Sends what is answered with nothing.</summary>
    public async Task DoAsync(string method, string path, string? body = null, string type = "text/plain")
    {
        using HttpResponseMessage response = await SendAsync(method, path, body, type);
        Assert.True(
            response.StatusCode == HttpStatusCode.NoContent, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }

    public async Task<ProblemView> RefusedAsync(
        int status, string kind, string method, string path, string? body = null, string type = "text/plain")
    {
        using HttpResponseMessage response = await SendAsync(method, path, body, type);
        return await TestHead.RefusedAsync(response, status, kind);
    }

    public void Dispose() => client.Dispose();
}
