using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Registry;
using Restante.Heads.Http.Endpoints;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

/// <summary>What an import keeps in memory of lines whose gateway may come later.</summary>
public sealed class ImportRoomTests
{
    private const int MaxLineBytes = 48 * 1024;

    [Fact]
    public async Task Lines_that_are_put_off_are_counted_with_what_they_take_beside_their_text()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceImport import = New(head);
        int room = PutOffLines.MaxBytes - PutOffLines.GatewayOverheadBytes - (sizeof(char) * "later".Length);
        int fit = room / (Line(0).Length + PutOffLines.LineOverheadBytes);
        const int Beyond = 7;
        for (int i = 1; i <= fit + Beyond; i++)
            await import.AddAsync(new BodyLine(i, Line(i)));
        DeviceImportView done = await import.FinishAsync();
        Assert.Equal((0, fit + Beyond), (done.Created, done.Failed));

        // Those beyond failed at once, and so are among the failures that are told; of the others the first ones are.
        Assert.Equal(Enumerable.Range(fit + 1, Beyond), done.Failures.Select(f => f.Line).Where(line => line > DeviceImportView.MaxFailures));
        Assert.All(done.Failures, f => Assert.Equal("later", f.MissingGateway));
    }

    private static DeviceImport New(TestHead head)
    {
        ReachedDevices devices = head.Gateway.Devices.For(
            new ServicePrincipal("operator", Rights.Admin, CredentialSlot.Primary, long.MaxValue));
        return new DeviceImport(new DefaultHttpContext(), devices, head.Gateway.Metrics, false, MaxLineBytes);
    }

    private static byte[] Line(int number) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"id":"lamp-{{number:D6}}","gateway":"later"}"""));
}
