using Restante.Server.Configuration;
using Restante.Server.Hosting;
using Restante.Server.Safekeeping;
using Restante.Server.Tests.Hosting;

namespace Restante.Server.Tests.Safekeeping;

public sealed class BackupTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
    private readonly RecordingLogs _logs = new();

    [Fact]
    public async Task A_backup_and_what_is_restored_from_it_have_their_names_on_the_medium()
    {
        if (!OperatingSystem.IsLinux())
            return; // Elsewhere names cannot be asked for, and go with the files.
        var options = new ServerOptions
        {
            Data = Path.Combine(_folder, "data"),
            Listen = new ListenOptions { Address = "localhost", Amqp = 0, Mqtt = 0, Https = 0 },
        };
        GatewayHost host = await GatewayHost.StartAsync(options, _logs, TimeProvider.System);
        await host.StopAsync("It is to be saved.");
        await host.DisposeAsync();
        string file = Path.Combine(Made("backups"), "monday.tar");
        using (var events = new DirectoryEvents(Path.GetDirectoryName(file)!))
        {
            Backup.Write(DataDirectory.At(options.Data), file, withKeys: true);
            Assert.Equal(["monday.tar", "."], events.Read()[^2..]);
        }

        string target = Path.Combine(Made("restored"), "data");
        using (var events = new DirectoryEvents(Path.GetDirectoryName(target)!))
        {
            Assert.True(Restore.Read(file, DataDirectory.At(target)) > 0);
            Assert.Equal(["data", "."], events.Read()[^2..]);
        }
    }

    public void Dispose()
    {
        _logs.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Made(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
}
