namespace Restante.Simulation.Tests.Ledgers;

/// <summary>A promise was broken.</summary>
internal sealed class SimulationFailedException(string message) : Exception(message);
