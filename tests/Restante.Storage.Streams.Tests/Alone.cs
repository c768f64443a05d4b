namespace Restante.Storage.Streams.Tests;

/// <summary>Tests which measure the whole process and so run beside no other.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
