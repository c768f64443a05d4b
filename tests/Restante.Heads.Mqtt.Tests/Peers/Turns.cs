using Restante.Mqtt;
using Restante.Net;

namespace Restante.Heads.Mqtt.Tests.Peers;

/// <summary>Runs script steps in the turns of a connection.</summary>
internal static class Turns
{
    public static Task RunAsync(this Connection connection, Device device, Action<MqttConnection> action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool posted = connection.Post((device, action, done), static (_, work) =>
        {
            try
            {
                work.action(work.device.Engine);
                work.done.SetResult();
            }
            catch (Exception exception)
            {
                work.done.SetException(exception);
            }
        });
        return posted ? done.Task : Task.FromException(new InvalidOperationException("The connection has ended."));
    }
}
