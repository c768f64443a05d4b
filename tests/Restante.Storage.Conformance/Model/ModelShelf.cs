using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Model;

/// <summary>The steps of a random run that are about the dead-letter shelf.</summary>
internal sealed class ModelShelf
{
    public async Task<string> RunAsync(
        IShelfStore shelf, DeviceNumber device, ModelStep step, long nowMs, Action<Sequence, MessageKind, MessageFlags> note)
    {
        IReadOnlyList<ShelvedMessage> shelved = await shelf.ListAsync(device, default, 1_000);
        Sequence sequence = shelved.Count == 0 ? new Sequence(1_000_000) : shelved[step.B % shelved.Count].Sequence;
        if (step.Kind == StepKind.TakeOffShelf && step.C % 5 == 0)
            return $"deleted {await shelf.DeleteAllAsync(device)}";
        if (step.Kind == StepKind.TakeOffShelf)
            return $"deleted {await shelf.DeleteAsync(device, sequence)}";
        EnqueueResult? result = await shelf.ResendAsync(device, sequence, nowMs + (step.C % 300), nowMs);
        if (result is { Status: EnqueueStatus.Enqueued })
            note(result.Value.Sequence, shelved[step.B % shelved.Count].Kind, shelved[step.B % shelved.Count].Flags);
        return $"resent {result?.Status} {result?.Depth}";
    }
}
