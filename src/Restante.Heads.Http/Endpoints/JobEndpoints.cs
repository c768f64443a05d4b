using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Jobs;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Views;

namespace Restante.Heads.Http.Endpoints;

/// <summary><c>/v1/jobs</c>: one command to each device of an audience.</summary>
internal sealed class JobEndpoints(Gateway gateway)
{
    private const string Tag = "Jobs";

    private static readonly QueryParameter s_before =
        new("before", JsonSchemaType.Integer, "The id of the job to go on before; the newest jobs when not given.", 1);

    private static readonly QueryParameter s_max = UsualQuery.Max("jobs", 100, BulkJobs.MaxPage);
    private static readonly QueryParameter s_after = new("after", JsonSchemaType.String, "The device to go on after.");
    private static readonly QueryParameter s_maxDevices = UsualQuery.Max("devices", 100, BulkJobs.MaxPage);

    private readonly MessageReading _reading = new(gateway.Limits);

    public void Map(EndpointMap map)
    {
        map.Add(
            new("POST", "/v1/jobs", "createJob", "Sends a command to each device of an audience, at a rate, from a time on.")
            {
                Tag = Tag,
                Right = Rights.Send,
                Audit = AuditRule.None,
                IsBulk = true,
                Details = "The commands are ordinary ones, with the message-id job-ID/DEVICE. A job goes on where it was after a restart, "
                    + "and no device is sent its command twice. An audience that is nobody is accepted; expected says so.",
                Body = typeof(JobCreation),
                Answers = [(201, typeof(JobView), "The job is stored; Location names it.")],
                Refusals = [RefusalKind.TooLarge],
            },
            CreateAsync);
        map.Add(
            new("GET", "/v1/jobs", "listJobs", "Lists jobs, the newest first.")
            {
                Tag = Tag,
                Right = Rights.Send,
                Query = [s_before, s_max],
                Answers = [(200, typeof(JobPage), "A page of jobs.")],
            },
            ListAsync);
        map.Add(
            new("GET", "/v1/jobs/{id}", "getJob", "Shows how a job stands.")
            {
                Tag = Tag,
                Right = Rights.Send,
                Answers = [(200, typeof(JobView), "The job.")],
                Refusals = [RefusalKind.NotFound],
            },
            GetAsync);
        map.Add(
            new("DELETE", "/v1/jobs/{id}", "cancelJob", "Cancels a job.")
            {
                Tag = Tag,
                Right = Rights.Send,
                IsOwnMail = IsOwnAsync,
                Details = "Nothing more is sent, and what no device has in hand is taken back, little by little.",
                Answers = [(200, typeof(JobView), "The job as it is now.")],
                Refusals = [RefusalKind.NotFound, RefusalKind.Conflict],
            },
            CancelAsync);
        map.Add(
            new("GET", "/v1/jobs/{id}/refusals", "listJobRefusals", "Lists the devices that a job's command was refused for.")
            {
                Tag = Tag,
                Right = Rights.Send,
                Details = "The first 1,000 of a job are kept.",
                Query = [s_after, s_maxDevices],
                Answers = [(200, typeof(JobRefusalPage), "A page of devices.")],
                Refusals = [RefusalKind.NotFound],
            },
            ListRefusalsAsync);
    }

    private async Task<IResult> CreateAsync(HttpContext context)
    {
        JobCreation wish = await _reading.ReadWrappedAsync(context.Request, RestanteJson.Plain.JobCreation);
        if (wish.Audience is null)
            throw new MalformedRequestException("A job needs an 'audience', an audience query.");
        if (wish.MessageId is not null)
            throw new MalformedRequestException("The commands of a job have message-ids of their own; 'messageId' cannot be given.");
        var terms = new JobTerms
        {
            StartAtMs = wish.StartAt?.ToUnixTimeMilliseconds() ?? 0,
            TtlMs = wish.Ttl is double ttl ? Lifetime.Milliseconds(ttl) : null,
            ReplaceKey = wish.ReplaceKey,
            WantsOutcome = wish.Outcome != false,
            ShelveExpired = wish.ShelveExpired == true,
            MaxFailed = wish.AbortAfterFailed,
            MaxFailedPercent = wish.AbortAfterFailedPercent,
        };
        if (wish.RatePerSecond is int rate)
            terms = terms with { RatePerSecond = rate };
        byte[] content = MessageReading.Unwrap(wish).Encode();
        Result<JobRecord> created = await gateway.Jobs.CreateAsync(
            Caller.Service(context), wish.Audience, content, terms, context.RequestAborted);
        if (!created.IsSuccess)
            return Answers.Refused(created.Refusal);
        context.Response.Headers.Location = $"/v1/jobs/{created.Value.Number}";
        return Answers.Json(JobViews.Of(created.Value), RestanteJson.Plain.JobView, StatusCodes.Status201Created);
    }

    private async Task<IResult> ListAsync(HttpContext context)
    {
        int max = s_max.Count(context.Request);
        JobNumber? before = s_before.Integer(context.Request) is long number ? new JobNumber(number) : null;
        ServicePrincipal service = Caller.Service(context);
        return await new PageAnswer<JobPage>(context, max, RestanteJson.Plain.JobPage).OfAsync<JobRecord, JobView>(
            (last, count) => gateway.Jobs.ListAsync(service, last?.Number ?? before, count),
            JobViews.Of,
            RestanteJson.Plain.JobView,
            static (items, last) => new JobPage { Items = items, Next = last?.Number.ToString() });
    }

    private async Task<IResult> GetAsync(string id, HttpContext context)
    {
        if (!JobNumber.TryParse(id, out JobNumber number))
            return NoJob();
        return Show(await gateway.Jobs.FindAsync(Caller.Service(context), number));
    }

    private async Task<IResult> CancelAsync(string id, HttpContext context)
    {
        if (!JobNumber.TryParse(id, out JobNumber number))
            return NoJob();
        return Show(await gateway.Jobs.CancelAsync(Caller.Service(context), number));
    }

    private async ValueTask<bool> IsOwnAsync(HttpContext context) =>
        context.Request.RouteValues["id"] is string id
        && JobNumber.TryParse(id, out JobNumber number)
        && await gateway.Jobs.FindAsync(Caller.Service(context), number) is { IsSuccess: true } found
        && found.Value.Creator == Caller.Of(context).Name;

    private async Task<IResult> ListRefusalsAsync(string id, HttpContext context)
    {
        int max = s_maxDevices.Count(context.Request);
        DeviceId? after = null;
        if (s_after.Text(context.Request) is string text)
        {
            after = DeviceId.TryParse(text, out DeviceId device)
                ? device
                : throw new MalformedRequestException($"The parameter 'after' must be the id of a device: {DeviceId.Rule}.");
        }

        if (!JobNumber.TryParse(id, out JobNumber number))
            return NoJob();
        Result<JobRecord> found = await gateway.Jobs.FindAsync(Caller.Service(context), number);
        if (!found.IsSuccess)
            return Answers.Refused(found.Refusal);
        ServicePrincipal service = Caller.Service(context);
        return await new PageAnswer<JobRefusalPage>(context, max, RestanteJson.Plain.JobRefusalPage).OfAsync<JobRefusal, JobRefusalView>(
            (last, count) => gateway.Jobs.ListRefusalsAsync(service, number, last?.Device ?? after, count),
            static r => new JobRefusalView { Device = r.Device.Value, Reason = r.Reason },
            RestanteJson.Plain.JobRefusalView,
            static (items, last) => new JobRefusalPage { Items = items, Next = last?.Device.Value });
    }

    private static IResult Show(Result<JobRecord> job) => Answers.Show(job, JobViews.Of, RestanteJson.Plain.JobView);

    private static IResult NoJob() => Answers.Refused(
        new Refusal(RefusalKind.NotFound, "The ids of jobs are numbers; there is no such job."));
}
