using Restante.System.Tests.Abuse;
using static Restante.System.Tests.Abuse.AmqpBytes;

namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>A device on AMQP that does what a client of ours would not do.</summary>
internal sealed class AmqpBareSide(Scene scene, AmqpScript script) : ISide
{
    private static readonly string[] s_outcomes = ["ok", "auth", "sys", "sys-perm", "sys-temp"];

    private bool _isOpen;

    public static async Task<AmqpBareSide> StartAsync(Scene scene) => new(scene, await scene.AmqpScriptAsync());

    /// <summary>Logs in with a password.</summary>
    public async Task<Refused> LogInAsync(string password)
    {
        int outcome = await script.AuthenticateAsync("PLAIN", $"\0{scene.Device}\0{password}");
        if (outcome != 0)
            Assert.Null(await script.NextAsync());
        return new Refused(this, outcome == 0 ? Refused.Taken : $"SASL {s_outcomes[outcome]}", null);
    }

    /// <summary>Sends telemetry of a size on a link of its own.</summary>
    public async Task<Refused> SendAsync(int bytes)
    {
        Assert.Equal(Refused.Taken, (await LogInAsync(scene.Key)).Answer);
        await script.OpenConnectionAsync();
        await script.BeginAsync();
        await script.AttachSenderAsync();
        _isOpen = true;
        await script.SendAsync(TransferFrame(0, 0, 0, Message(new byte[bytes])));
        while (true)
        {
            AmqpAnswer answer = (await script.NextAsync())!;
            if (answer.Code == Detach)
                return new Refused(this, $"link detached, `{answer.Condition}`", answer.Description);
            if (answer.Code == Disposition)
                return new Refused(this, $"message rejected, `{AmqpAnswer.ConditionOf(answer[4])}`", AmqpAnswer.DescriptionOf(answer[4]));
        }
    }

    public async Task<bool> WorksAsync()
    {
        if (_isOpen)
        {
            await script.AttachSenderAsync(handle: 1);
            await script.ProveLinkAsync(1, 1);
            return true;
        }

        // A login that was refused ends its connection; the next is as good as any.
        await using AmqpSide again = await AmqpSide.DeviceAsync(scene);
        return await again.WorksAsync();
    }

    public ValueTask DisposeAsync() => script.DisposeAsync();
}
