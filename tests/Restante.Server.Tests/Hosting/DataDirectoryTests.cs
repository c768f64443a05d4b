using Restante.Server.Hosting;

namespace Restante.Server.Tests.Hosting;

public sealed class DataDirectoryTests
{
    [Fact]
    public void The_names_of_files_are_put_on_the_medium_when_they_are_there()
    {
        if (!OperatingSystem.IsLinux())
            return; // Elsewhere names cannot be asked for, and go with the files.
        string folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
        DataDirectory data = DataDirectory.Open(folder);
        string ca = Path.Combine(data.Certificates, "ca.pem");
        Directory.CreateDirectory(data.Certificates);
        File.WriteAllText(ca, "a certificate");
        using (var events = new DirectoryEvents(folder))
        {
            data.AdminKey();
            data.AdminKey(); // It is read only.
            data.PublishCa(ca);
            Assert.Equal(["admin.key", ".", "ca.pem", "."], events.Read());
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void The_name_of_a_new_directory_is_put_on_the_medium()
    {
        if (!OperatingSystem.IsLinux())
            return;
        string folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
        using (var events = new DirectoryEvents(folder))
        {
            string data = Path.Combine(folder, "gateways", "data");
            DataDirectory.Open(data);
            DataDirectory.Open(data); // It is there.
            Assert.Equal(["."], events.Read());
        }

        Directory.Delete(folder, recursive: true);
    }
}
