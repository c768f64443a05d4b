using System.Text;
using Restante.Contracts;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class RequestBodyTests
{
    [Theory]
    [InlineData("POST", "/v1/devices", "{\"id\":\"a\",\n  \"id\":\"b\"}", "line 2")]
    [InlineData("PATCH", "/v1/devices/d", "{\"status\":\"enabled\",\"status\":\"disabled\"}", "line 1")]
    [InlineData("POST", "/v1/devices", "{\"id\":\"a\",\"keys\":{\"primary\":\"x\",\"primary\":\"y\"}}", "$.keys")]
    [InlineData("POST", "/v1/policies", "{\"name\":\"p\",\"rights\":[],\"rights\":[\"send\"]}", "line 1")]
    [InlineData("POST", "/v1/devices/d/commands", "{\"ttl\":5,\"body\":\"x\",\"ttl\":500000}", "line 1")]
    [InlineData("POST", "/v1/devices/d/commands", "{\"properties\":{\"a\":\"1\",\"a\":\"2\"}}", "$.properties")]
    [InlineData("POST", "/v1/devices/d/commands", "{\"body\":{\"open\":1,\"open\":2}}", "$.body")]
    [InlineData("POST", "/v1/devices/d/commands", "{\"body\":{\"a\":[{\"b\":1,\"b\":2}]}}", "$.body")]
    [InlineData("POST", "/v1/notifications", "{\"group\":\"a\",\"group\":\"b\"}", "line 1")]
    [InlineData("POST", "/v1/jobs", "{\"audience\":\"true\",\"audience\":\"id = 'a'\"}", "line 1")]
    [InlineData("PUT", "/v1/devices/d/state/desired", "{\"rate\":5,\"rate\":9}", "line 1")]
    [InlineData("POST", "/v1/inquiries/1/answers", "{\"body\":1,\"body\":2}", "line 1")]
    public async Task A_member_that_stands_twice_is_refused_with_its_place(string method, string path, string json, string place)
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        using HttpResponseMessage response = await head.SendAsync(method, path, json);
        ProblemView problem = await TestHead.RefusedAsync(response, 400, "malformed");
        Assert.Contains(place, problem.Detail, StringComparison.Ordinal);
        Assert.Contains("twice", problem.Detail, StringComparison.Ordinal);
        Assert.Contains("byte ", problem.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/v1/devices", """{"id":"a","colour":"red"}""", "$.colour", "no such member")]
    [InlineData(
        "POST", "/v1/telemetry/groups/g/checkpoints", """{"reader":"r","partitions":[{"partition":0,"sequenceNumber":1,"colour":1}]}""",
        "$.partitions[0].colour", "no such member")]
    [InlineData("POST", "/v1/devices", """{"id":"a","groups":["g",7]}""", "$.groups[1]", "another type")]
    [InlineData("POST", "/v1/devices", """{"id":"a",}""", "byte 11", "no JSON")]
    [InlineData("POST", "/v1/devices", """{"id":"a" """, "byte 11", "no JSON")]
    [InlineData("POST", "/v1/devices", """{"id":"a","colour":1,"id":"b"}""", "$.colour", "no such member")]
    [InlineData("POST", "/v1/enrolments", """{"name":"e","kind":"key","maxDevices":99999999999999999999}""", "$.maxDevices", "too large")]
    [InlineData("POST", "/v1/enrolments", """{"name":"e","kind":"key","maxDevices":"1"}""", "$.maxDevices", "another type")]
    [InlineData("POST", "/v1/enrolments", """{"name":"e","kind":"key","expiresAt":"tomorrow"}""", "$.expiresAt", "not written as it must be")]
    [InlineData("POST", "/v1/devices", """{"id":"a","tags":{"a":{"b":{"c":{"d":{"e":{}}}}}}}""", "tags", "limit of 5 levels")]
    [InlineData("POST", "/v1/devices", """{"id":"a","tags":{"a":DEEP}}""", "line 1", "limit of 64 levels")]
    public async Task Which_fault_it_was_is_said_and_where(string method, string path, string json, string place, string fault)
    {
        await using TestHead head = await TestHead.StartAsync();
        json = json.Replace("DEEP", new string('[', 70) + new string(']', 70), StringComparison.Ordinal);
        using HttpResponseMessage response = await head.SendAsync(method, path, json);
        ProblemView problem = await TestHead.RefusedAsync(response, 400, "malformed");
        Assert.Contains(place, problem.Detail, StringComparison.Ordinal);
        Assert.Contains(fault, problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parameter_that_there_is_none_of_is_named()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage response = await head.SendAsync("GET", "/v1/devices?maxx=7");
        Assert.Contains("'maxx'", (await TestHead.RefusedAsync(response, 400, "malformed")).Detail, StringComparison.Ordinal);
        using HttpResponseMessage none = await head.SendAsync("GET", "/v1/policies?" + new string('p', 200));
        string detail = (await TestHead.RefusedAsync(none, 400, "malformed")).Detail!;
        Assert.Contains($"'{new string('p', 64)}…'", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_that_stands_twice_in_a_batch_is_refused_and_nothing_is_stored()
    {
        await using TestHead head = await TestHead.StartAsync();
        using DeviceClient device = await DeviceClient.CreateAsync(head, "d");
        ProblemView problem = await device.RefusedAsync(
            400, "malformed", "POST", "/v1/telemetry", """[{"body":1},{"body":1,"body":2}]""", "application/vnd.restante.batch+json");
        Assert.Contains("$[1]", problem.Detail, StringComparison.Ordinal);
        Assert.Empty((await head.GetAsync("/v1/telemetry", RestanteJson.Default.StreamPage)).Items);

        // What a device sends as it is, is its own: nobody reads it here.
        await device.DoAsync("POST", "/v1/telemetry", """{"a":1,"a":2}""", "application/json");
    }

    [Fact]
    public async Task A_line_of_an_import_with_a_member_twice_is_refused_alone()
    {
        await using TestHead head = await TestHead.StartAsync();
        using var lines = new StringContent("{\"id\":\"a\",\"id\":\"b\"}\n{\"id\":\"c\"}\n", Encoding.UTF8, "application/x-ndjson");
        using HttpResponseMessage response = await head.Client.PostAsync("/v1/devices/import", lines);
        DeviceImportView result = await TestHead.ReadAsync(
            response, RestanteJson.Default.DeviceImportView, System.Net.HttpStatusCode.OK);
        Assert.Equal((1, 1), (result.Created, result.Failed));
        Assert.Contains("twice", result.Failures[0].Detail, StringComparison.Ordinal);
    }
}
