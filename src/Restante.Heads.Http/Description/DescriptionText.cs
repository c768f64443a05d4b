using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Restante.Heads.Http.Description;

/// <summary>
/// The OpenAPI document as it is sent. It is made once, at the first request: anybody may ask for it, as often as they like, and making it
/// costs a megabyte or so.
/// </summary>
internal sealed class DescriptionText(IServiceProvider services)
{
    /// <summary>The name of the document.</summary>
    public const string Document = "v1";

    private readonly Lazy<Task<byte[]>> _text = new(() => MakeAsync(services));

    /// <summary>Answers a request for it.</summary>
    public async Task SendAsync(HttpContext context)
    {
        byte[] text = await _text.Value;
        context.Response.ContentType = "application/json;charset=utf-8";
        context.Response.ContentLength = text.Length;
        if (HttpMethods.IsGet(context.Request.Method))
            await context.Response.Body.WriteAsync(text, context.RequestAborted);
    }

    private static async Task<byte[]> MakeAsync(IServiceProvider services)
    {
        IOpenApiDocumentProvider provider = services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Document);
        OpenApiDocument document = await provider.GetOpenApiDocumentAsync();
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        document.SerializeAs(OpenApiSpecVersion.OpenApi3_1, new OpenApiJsonWriter(text));
        return System.Text.Encoding.UTF8.GetBytes(text.ToString());
    }
}
