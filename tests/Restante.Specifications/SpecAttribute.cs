using Xunit.Sdk;

namespace Restante.Specifications;

/// <summary>
/// Names the statements of a specification that a test shows to be kept: MQTT5-3.1.2-7, MQTT3-3.1.2-7 (3.1.1 numbers them otherwise),
/// AMQP-2.7.1-a. They are listed under Statements, and docs/specifications.md is made of both. As a trait: --filter Spec=MQTT5-3.1.2-7.
/// </summary>
/// <param name="statements">The statements.</param>
[TraitDiscoverer("Restante.Specifications.SpecDiscoverer", "Restante.Specifications")]
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class SpecAttribute(params string[] statements) : Attribute, ITraitAttribute
{
    /// <summary>The statements.</summary>
    public IReadOnlyList<string> Statements { get; } = statements;
}
