using Restante.Server.Safekeeping;
using Restante.Server.Secrets;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Server.Tests.Secrets;

/// <summary>Commands that change the master keys, at the same time.</summary>
public sealed class MasterKeyCommandsTests
{
    [Fact]
    public void While_one_command_changes_the_keys_another_does_not()
    {
        string folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
        string file = Path.Combine(folder, MasterKeyFile.DefaultName);
        string[] rotate = ["rotate", "--data", folder, "--master-key-file", file];
        MasterKeyRing ring = MasterKeyFile.ReadOrMake(file);
        using (new FileStream(file + MasterKeyCommands.LockEnding, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None))
        {
            Assert.Equal(DoctorReport.UnknownCode, MasterKeyCommands.Create().Parse(rotate).Invoke());
            Assert.Equal(ring.Reveal(), MasterKeyFile.Read(file).Reveal());
        }

        Assert.Equal(DoctorReport.SoundCode, MasterKeyCommands.Create().Parse(rotate).Invoke());
        Assert.Equal(2, MasterKeyFile.Read(file).Keys.Count);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_rotation_makes_no_data_directory_where_there_is_none()
    {
        string folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
        string file = Path.Combine(folder, "ring"), data = Path.Combine(folder, "data");
        MasterKeyFile.ReadOrMake(file);
        Assert.Equal(
            DoctorReport.SoundCode, MasterKeyCommands.Create().Parse(["rotate", "--data", data, "--master-key-file", file]).Invoke());
        Assert.Equal(2, MasterKeyFile.Read(file).Keys.Count);
        Assert.False(Directory.Exists(data));
        Directory.Delete(folder, recursive: true);
    }
}
