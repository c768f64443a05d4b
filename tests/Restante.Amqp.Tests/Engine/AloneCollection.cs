namespace Restante.Amqp.Tests.Engine;

/// <summary>Tests that look at the memory of the whole process run while no other test does.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
