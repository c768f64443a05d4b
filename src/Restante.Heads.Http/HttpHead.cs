using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Description;
using Restante.Heads.Http.Endpoints;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Sessions;
using Restante.Heads.Http.Streams;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http;

/// <summary>The REST interface of a gateway: <c>/v1</c>, <c>/health</c> and <c>/openapi/v1.json</c>. Hosting is the caller's.</summary>
public static class HttpHead
{
    /// <summary>Adds what the interface needs. Call once, before the application is built.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="options">What is allowed; the defaults when null.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public static IServiceCollection AddRestanteHttp(this IServiceCollection services, HttpHeadOptions? options = null)
    {
        options ??= new HttpHeadOptions();
        IReadOnlyList<string> faults = options.Validate();
        if (faults.Count > 0)
            throw new ArgumentException(string.Join(' ', faults), nameof(options));
        services.AddSingleton(options);
        services.AddSingleton<RefusalCount>();
        services.AddSingleton<BodyRoom>();
        services.ConfigureHttpJsonOptions(static json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, RestanteJson.Default);
            json.SerializerOptions.Converters.Add(new RfcTimeConverter());
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.AddOpenApi(DescriptionText.Document, ApiDescription.Configure);
        return services;
    }

    /// <summary>
    /// Opens an endpoint that the caller maps on the same application to services with a right, and to nobody else; it takes no query.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="right">The right.</param>
    /// <param name="operation">What the operation is called in the audit log.</param>
    public static TBuilder RequireRight<TBuilder>(this TBuilder endpoint, Rights right, string operation)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoint.Add(builder => builder.Metadata.Add(new Admittance(operation, right, [])));
        return endpoint;
    }

    /// <summary>
    /// Maps the interface. Errors, admission and rights are looked after for every endpoint mapped here; endpoints that others map on the
    /// same application pass through, but for bare error statuses, which become problem details.
    /// </summary>
    /// <param name="app">The application; its services hold what <see cref="AddRestanteHttp"/> added.</param>
    /// <param name="gateway">The domain.</param>
    public static WebApplication MapRestante(this WebApplication app, Gateway gateway)
    {
        HttpHeadOptions options = app.Services.GetRequiredService<HttpHeadOptions>();
        ILogger log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Restante.Heads.Http");
        app.Services.GetRequiredService<RefusalCount>().Metrics = gateway.Metrics;
        var frame = new ProblemFrame(log);
        var metrics = new HttpMetrics();
        var sessions = new DeviceSessions(gateway, options, metrics);
        var admission = new AdmissionGate(gateway, sessions);
        app.Use(next => context => frame.InvokeAsync(context, next));
        app.Use(next => context => admission.InvokeAsync(context, next));

        CancellationToken stopping = app.Lifetime.ApplicationStopping;
        app.Lifetime.ApplicationStopped.Register(() =>
        {
            sessions.Dispose();
            metrics.Dispose();
        });
        var turns = new ReadingTurns(options, gateway.Time);
        metrics.InLine = () => turns.Waiting;
        BodyRoom bodies = app.Services.GetRequiredService<BodyRoom>();
        metrics.Bodies = () => bodies.Bytes;
        var room = new WaitingRoom(gateway, options, turns, stopping);
        metrics.Waiting = () => room.Count;
        var map = new EndpointMap(app, gateway.Audit, gateway.Acts, turns);
        new DeviceIntakeEndpoints(gateway, options).Map(map);
        new DeviceMailEndpoints(gateway, options, room, sessions).Map(map);
        new DeviceInquiryEndpoints(gateway, options, room, sessions).Map(map);
        new StateEndpoints(gateway, options, room, sessions).Map(map);
        new DeviceEndpoints(gateway, options).Map(map);
        new DeviceBulkEndpoints(gateway, options).Map(map);
        new PolicyEndpoints(gateway, options).Map(map);
        new CredentialEndpoints(gateway, options).Map(map);
        new AuthorityEndpoints(gateway, options).Map(map);
        new EnrolmentEndpoints(gateway, options).Map(map);
        new ClaimEndpoints(gateway, options).Map(map);
        new IssuerEndpoints(gateway, options).Map(map);
        new CommandEndpoints(gateway, options, room).Map(map);
        new ReportEndpoints(gateway, options, room).Map(map);
        new NotificationEndpoints(gateway).Map(map);
        new InquiryEndpoints(gateway, options, room).Map(map);
        new JobEndpoints(gateway).Map(map);
        new DeadLetterEndpoints(gateway, options).Map(map);
        new MailboxEndpoints(gateway).Map(map);
        new OutcomeEndpoints(gateway, options, room).Map(map);
        new StreamEndpoints(gateway, new StreamReading(gateway, options), new GroupReading(gateway, options, room), options, room).Map(map);
        new GroupEndpoints(gateway, options).Map(map);
        new HistoryEndpoints(gateway).Map(map);
        new AuditEndpoints(gateway.Audit, options, room).Map(map);
        new HealthEndpoints(gateway, stopping).Map(map);
        var description = new DescriptionText(app.Services);
        app.MapMethods(
            "/openapi/v1.json", [HttpMethods.Get, HttpMethods.Head], (RequestDelegate)description.SendAsync).ExcludeFromDescription();
        return app;
    }
}
